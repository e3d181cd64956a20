/**
 * Month names as `ls` prints them in its languages, January first, in lower case and without a final dot: the short names, and the
 * long ones of the languages of Europe. Words that two of these languages use for different months are in SHARED instead.
 */
const NAMES: readonly string[] = [
  // January
  `chi dja ean ene enero faoi gen gener gennaio ghe ian ianuarie ion j-guer jaan jaanuar jan janeiro januar januari
   january január janv janvier janvāris janúar jän jänner kob kohi kăr led leden ledna mut oca ocak ođđj saus
   sausio sausis sij siječanj siječnja sty styczeń stycznia stë tam tammi tammikuu urt xan xin yan zen çil ýan ğın
   ιαν ιανουάριος ιανουαρίου гыйн сту студзень студзеня янв январь января яну януари јан јануар қаң հնվ יאַנ ינו
   جانفي جنوري جنوری يانۋار ينا يناير ژانویه जन जन॰ जाने जानेवारी জানু ਜਨ જાન્યુ ଜାନୁଆରୀ ஜன జన ಜನ ജനു ජන ม.ค ມ.ກ
   ဇန် ጃንዩ ጥሪ`,
  // February
  `chw cʼhw feabh feb febbraio febr febrer febrero februar februari februarie february február februāris febrúar
   fev fevereiro fevr few fib fiw fra fre fév févr février gas gearr gro guov hel helmi helmikuu hui lab lut lutego
   luty nar ots peb shk sib t-arree vas vasario vasaris veebr veebruar velj veljača veljače úno únor února şub
   şubat φεβ φεβρουάριος φεβρουαρίου ақп лют лютага люты феб фебруар фев февраль февраля февруари փտր פֿעב פבר شباط
   فبر فبراير فبروري فروري فروری فوریه فيفري فېۋرال फ़र॰ फेब्रु फेब्रुअरी फेब्रुवारी ফেব ਫ਼ਰ ફેબ્રુ ଫେବୃଆରୀ பிப்
   ఫిబ్ర ಫೆಬ್ರ ഫെബ്രു පෙබ ก.พ ກ.ພ ဖေ ለካቲ ፌብሩ`,
  // March
  `ada bře březen března kov kovas kovo maalis maaliskuu maart mac mar marca march marec mars mart martie marts
   marzec marzo març março mas maw mayrnt meu mie moz mrt mrz màrt már márc március márta mäe mär märts märz mås
   měr njuk ožu ožujak ožujka pou puš sad str wer μάρ μάρτιος μαρ μαρτίου бер мар март марта нау сак сакавік
   сакавіка մար מאַר מרץ آذار مار مارت مارس مارچ मार्च মার্চ ਮਾਰਚ માર્ચ ମାର୍ଚ୍ଚ மார் మార్చి ಮಾರ್ಚ್ മാർ මාර් มี.ค
   ມ.ນ မတ် መጋቢ ማርች`,
  // April
  `abr abril afr aib aka api apr april aprile aprilie aprill apríl aprīlis apu arv avr avril avrril bal balandis
   balandžio cuoŋ dub duben dubna ebr eph epr gibl huh huhti huhtikuu kwi kwiecień kwietnia mat nis nisan nîs pae
   pri tra travanj travnja ápr április łżë απρ απρίλιος απριλίου апр апрель апреля април кра красавік красавіка сәу
   ապր אַפּר אפר آوریل أبر أبريل أفريل ئاپرېل اپريل اپریل نيسان अप्रिल अप्रैल एप्रि एप्रिल এপ্রিল ਅਪ੍ਰੈ એપ્રિલ
   ଅପ୍ରେଲ ஏப் ఏప్రి ಏಪ್ರಿ ഏപ്രി අප්‍රි เม.ย ມ.ສ ဧပြီ ሚያዝ ኤፕረ`,
  // May
  `beal boaldyn cèit geg gegužė gegužės gic gul hara kvě květen května mae mag maggio mai maig maijs maio maj maja
   may mayo mayıs maz maí maý mee mei mej mey mies moj máj május môj sha svi svibanj svibnja tou touko toukokuu şu
   μάι μάιος μαΐ μαΐου май мам мая мај մայ מאי מײַ أيار مئی ماي مايو مه مٓی مۍ मई मे মে ਮਈ મે ମଇ மே మే ಮೇ മേയ് මැයි
   พ.ค ພ.ພ မေ ሜይ ግንቦ`,
  // June
  `birž birželio birželis chn cze czerwca czerwiec czy djn eka geas giu giugno haz haziran hez hun iun iunie iyn
   iýn i̇yn jug juin jun june junh junho juni junij junio juno juny juu juuni jún június júní jūn jūnijs kam kes
   kesä kesäkuu lipanj lipnja lix làm meh meith mezh pipi qer xun xuñ yün zûg ògmh čen červen června ġun şĕr ιουν
   ιουνίου ιούν ιούνιος июн июнь июня мау чэр чэрвень чэрвеня юни јун հնս יונ ئىيۇن جوان جون حزيران يون يونيو ژوئن
   जुन जून জুন ਜੂਨ જૂન ଜୁନ ஜூன் జూన్ ಜೂನ್ ജൂൺ ජූනි มิ.ย ມິ.ຖ ဇွန် ሰነ ጁን`,
  // July
  `arg chl djl gor gou hei heinä heinäkuu hul hōngoi iuch iul iulie iyl iúil iýl i̇yl j-souree jui juil juillet jul
   julho juli julij julio juliol july juuli júl július júlí jūl jūlijs kor liep liepa liepos lipca lipiec lug
   luglio lui lul lëp lûg nya srpanj srpnja suoi tem temmuz tod tîr ută uzt xnt xul yül čec července červenec ιουλ
   ιουλίου ιούλ ιούλιος июл июль июля ліп ліпень ліпеня шіл юли јул հլս יול ئىيۇل تموز جولائی جولاي جولای جويلية
   يول يوليو يوليوز ژوئیه जुलाई जुलै जुल॰ জুলাই ਜੁਲਾ જુલાઈ ଜୁଲାଇ ஜூலை జులై ಜುಲೈ ജൂലൈ ජූලි ก.ค ກ.ລ ဇူ ሓምለ ጁላይ`,
  // August
  `abu ag aga ago agost agosto agu aou aout aoû août aug august augusti augusts augustus augusztus aus avg avgust
   avo avq awg awo aws aww ağu ağustos aŭg borg elo elokuu eos gsh here kol kolovoz kolovoza luanistyn lùna lún
   ogos rugp rugpjūtis rugpjūčio sid sie sierpień sierpnia srpen srpna teb zél ágú ágúst şur αυγ αυγούστου αύγ
   αύγουστος авг август августа жні жнівень жніўня там օգս אוג אױג آب آقۇست أغس أغسطس أوت ئاۋغۇست اوت اګست اگست غشت
   अगस्ट अग॰ ऑग ओगस्ट আগস্ট ਅਗ ઑગસ્ટ ଅଗଷ୍ଟ ஆக ఆగ ഓഗ අගෝ ส.ค ສ.ຫ ነሓሰ ኦገስ`,
  // September
  `avă cab eyl eylül gwe ira m-fouyir mahu med mfómh nze rugs rugsėjis rugsėjo rujan rujna sag seb sen sep sept
   septembar september septembre septembrie septembris septiembre set setembre setembro setiembre settembre sht sin
   sult syy syys syyskuu szept szeptember séw wrz wrzesień września zář září îlo čakč σεπ σεπτέμβριος σεπτεμβρίου
   вер верасень верасня сен сент сентябрь сентября сеп септембар септември қыр սեպ סעפּ ספט أيلول سبت سبتمبر ستمبر
   سپتامبر سپتمبر سېنتەبىر شتنبر सप्टें सित॰ सेप्टेंबर सेप्टेम्बर সেপ্টেম্বর ਸਤੰ સપ્ટે ସେପ୍ଟେମ୍ବର செப் సెప్టెం
   ಸೆಪ್ಟೆಂ സെപ്റ്റം සැප් ก.ย ກ.ຍ စက် መስከ ሴፕቴ`,
  // October
  `cot dfómh dàmh eki ekim golg her hyd j-fouyir jup lad lok loka lokakuu och oct october octobre octombrie octubre
   oki okt oktobar oktober oktobris oktoober október ott ottobre otu out outubro paź październik października spal
   spalio spalis tet tob ukw urr whi-nu ött ükt říj říjen října οκτ οκτωβρίου οκτώβριος кас кастрычнік кастрычніка
   окт октобар октомври октябрь октября қаз հոկ אָקט אוק أكت أكتوبر ئۆكتەبىر اكتبر اكتوبر اوْکتوْبر اکتوبر अक्टोबर
   अक्तू॰ ऑक्टो ओक्टोबर অক্টোবর ਅਕਤੂ ઑક્ટો ଅକ୍ଟୋବର அக் అక్టో ಅಕ್ಟೋ ഒക്ടോ ඔක් ต.ค ຕ.ລ အောက် ኦክተ ጥቅም`,
  // November
  `aza cük du kas kasım kit lapkr lapkritis lapkričio listopadu lës lístopadu m.houney marras marraskuu mij nob
   noiembrie nov novembar november novembre novembris novembro noviembre now noy noý nën nóv nóvember nôv onn pay
   samh skáb stu studeni studenoga tach ugu whi-ra νοέ νοέμβριος νοε νοεμβρίου ліс лістапад лістапада нов новембар
   ное ноември ноя нояб ноябрь ноября қар նմբ נאָװ נוב نوامبر نوف نوفمبر نومبر نونبر نويابىر نوْوامبر नव॰ नोभेम्बर
   नोव्हें नोव्हेंबर নভেম্বর ਨਵੰ નવે ନଭେମ୍ବର நவ నవం ನವೆಂ നവം නෙවැ พ.ย ພ.ຈ နို ሕዳር ኖቬም`,
  // December
  `abe ara aralık avi dec decembar december decembrie decembris dek des desember desembre dets detsember dez
   dezember dezembro dhj dic dicembre diciembre dik dis dix diċ déc décembre dùbh gru grudnia grudzień gruod
   gruodis gruodžio gòd haki jou joulu joulukuu juov ker lit m.nollick nad noll pro prosinac prosinca prosince
   prosinec raš rha uku δεκ δεκέμβριος δεκεμβρίου дек декабрь декабря декември дец децембар жел сне снежань снежня
   դեկ דעצ דצמ دجنبر دسامبر دسمبر ديس ديسمبر دېكابىر डिसें डिसेंबर डिसेम्बर दिस॰ ডিসেম্বর ਦਸੰ ડિસે ଡିସେମ୍ବର டிச
   డిసెం ಡಿಸೆಂ ഡിസം දෙසැ ธ.ค ທ.ວ ဒီ ታሕሳ ዲሴም`,
]

/** Languages that have such a word, each with words that only it has among them: its months, and what it puts before the sum. */
const TELLING: readonly (readonly [Tongue, string])[] = [
  ['cs', 'celkem led ledna úno února bře března dub dubna kvě května čen června čvn čvc července zář září říj října'],
  ['hr', 'ukupno sveukupno sij siječnja velj veljače ožu ožujka tra travnja svi svibnja kol kolovoza stu studenoga'],
  [
    'pl',
    'razem sty stycznia lut lutego kwi kwietnia cze czerwca sie sierpnia wrz września paź października gru grudnia',
  ],
]

/** A language that uses one of the shared words. */
export type Tongue = 'cs' | 'hr' | 'pl'

const SHARED: ReadonlyMap<string, Readonly<Partial<Record<Tongue, number>>>> = new Map([
  ['lip', { hr: 5, pl: 6 }],
  ['srp', { hr: 6, cs: 7 }],
  ['ruj', { hr: 8 }],
  ['lis', { hr: 9, cs: 10, pl: 10 }],
  ['listopad', { hr: 9, cs: 10, pl: 10 }],
  ['listopada', { hr: 9, pl: 10 }],
])

const ENGLISH = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'

/** What the word is written like in the tables. */
function plain(word: string): string {
  return word
    .normalize('NFC')
    .toLowerCase()
    .replace(/[.,]{1,3}$/, '')
}

/**
 * The month of that name, from 0; undefined for any other word, and for one that means different months in two languages unless
 * `tongue` says in which of them it is.
 */
export function monthOf(word: string, tongue?: Tongue): number | undefined {
  const at = word.length === 3 ? ENGLISH.indexOf(word) : -1
  if (at >= 0) return at / 4
  const name = plain(word)
  return months().get(name) ?? (tongue && SHARED.get(name)?.[tongue])
}

/** The language that a month name or the word before a sum gives away, where a word of SHARED could be in it. */
export function tongueOf(word: string): Tongue | undefined {
  return tongues().get(plain(word))
}

const months = once(() => index(NAMES.map((names, month) => [month, names] as const)))
const tongues = once(() => index(TELLING))

function index<T>(rows: readonly (readonly [T, string])[]): ReadonlyMap<string, T> {
  return new Map(
    rows.flatMap(([value, words]) =>
      words
        .trim()
        .split(/\s+/)
        .map((word) => [word, value] as const),
    ),
  )
}

/** Most listings are in English and need none of the tables. */
function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}
