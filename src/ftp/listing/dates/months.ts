/**
 * Month names as `ls` prints them in its languages, January first, in lower case and without a final dot: the short names, and the
 * long ones of the languages of Europe; two words are joined by _. Words that two of these languages use for different months are in SHARED instead.
 */
const NAMES: readonly string[] = [
  // January
  `ama ark bhi chi dja ean ene enero eni faoi fer gen gener gennaio ghe ian ianuarie ini ion jaan jaanuar jan
   janeiro januar januari january január janv janvier janvāris janúar jän jänner kob kohi kăr led leden ledna mqu
   mut oca ocak ođđj pet qun san sau saus sausio sausis siakwa_kati sii sij siječanj siječnja sty styczeń stycznia
   stë sñt sān tam tammi tammikuu urt xan xin yan yen zan zen çil ýan ğın ιαν ιανουάριος ιανουαρίου ажь гыйн сту
   студзень студзеня січ січень січня тохс шрк янв январь января яну януари јан јануар қаң հնվ יאַנ ינו جانفي جنؤری
   جنوري جنوری كانون_الثاني يانۋار ينا يناير ژانویه کا٢ ܏ܟܢ_܏ܒ ޖެނުއަރީ जन जनवरी जन॰ जानुवारी जाने जानेवारी बैसाख
   জান জানু ਜਨ જાન્યુ ଜାନୁଆରୀ ஜன జన ಜನ ജനു ජන ม.ค ມ.ກ ཟླ་༡ ဂျာန် ဇန် လိူၼ်ၵမ် იან ልደት ጃንዩ ጠሐረ ጥሪ ᔮᓄ ṣẹ́rẹ́ 一月 ꭴꮓ`,
  // February
  `chk chw col cʼhw fab fbl feabh feb febbraio febr febrer febrero februar februari februarie february február
   februāris febrúar fee fep fev fevereiro fevr few fib fiw fra fre fur fév févr février fēp gas gearr gro guov gur
   hel helmi helmikuu hla hor hui hwe kup kuswa_kati lab luh lut lutego luty mdu nah nar ots peb phi shk sib sñs
   thang tsi van vas vasario vasaris veebr veebruar velj veljača veljače èrèlè úno únor února şub şubat φεβ
   φεβρουάριος φεβρουαρίου ақп жәаб лют лютага лютий лютого люты олун пгж феб фебруар фев февраль февраля февруари
   փտր פֿעב פבר شباط شوب فبر فبراير فبروري فرؤری فروري فروری فوریه فيفري فېۋرال ܫܒܛ ފެބްރުއަރީ जेठ फबरवरी फर फरवरी
   फ़रवरी फ़र॰ फेब्रु फेब्रुअरी फेब्रुवारी ফেব ফেব্ৰু ਫ਼ਰ ફેબ્રુ ଫେବୃଆରୀ பிப் ఫిబ్ర ಫೆ ಫೆಬ್ರ ഫെബ്രു පෙබ ก.พ ກ.ພ
   ཟླ་༢ ဖေ လိူၼ်သၢမ် ဝှေဝ် თებ ለካቲ ከተተ ካብኽ ፌብሩ ᕕᕗ 二月 ꭷꭶ`,
  // March
  `ada bit bře březen března cig fam kakamuk_kati kov kovas kovo kul kuo maalis maaliskuu maart mac mar marca march
   marec mars mart martie marts marzec marzo març março mas maw mayrnt maʻa mbo meu meɣ mie mop moz mrt mrz màrt
   már márc március márta mäe mär märts märz mås měr njuk ožu ožujak ožujka pan pou puš sqe str the uya vul wer xam
   μάρ μάρτιος μαρ μαρτίου бер березень березня кул мар март марта нау сак сакавік сакавіка хәажә ӱрн մար מאַר מרץ
   آذار ئاز مار مارت مارس مارٕچ مارچ ܐܕܪ މާރޗް अषाढ़ मार्च मार्चि मार्स মার মার্চ মাৰ্চ ਮਾਰਚ માર્ચ ମାର୍ଚ୍ଚ மார்
   మార్చి ಮಾ ಮಾರ್ಚ್ മാർ මාර් มี.ค ມ.ນ ཟླ་༣ မတ် မာတ် လိူၼ်သီႇ მარ መገበ መጋቢ ማርች ክብላ ᒪᔅ ẹrẹ̀nà 三月 ꭰꮕ`,
  // April
  `abr abril afi afr agd aib aka ape api apl apr april aprile aprilie aprill apríl aprīlis apu arv avr avril avrril
   awr bal balandis balandžio cuoŋ dub duben dubna dzi ebr elb eph epr gibl huh huhti huhtikuu jang kra kwi
   kwiecień kwietnia lam lî_wainhka_kati mab mme nis nisan nîs pae pri qil tay tra travanj travnja yeb ápr április
   éwt ìgbé łżë ʻepe απρ απρίλιος απριλίου апр апрель апреля април вшр кві квітень квітня кра красавік красавіка
   муус мш сәу ապր אַפּר אפר آوریل أبر أبريل أفريل ئاپرېل اپريل اپریل نيسان نیس ܢܝܣܢ އެޕްރީލް अप अप्रिल अप्रेल
   अप्रै अप्रैल एप्रि एप्रिल एप्रैल सावोन এপ্রি এপ্রিল এপ্ৰিল ਅਪ੍ਰੈ એપ્રિલ ଅପ୍ରେଲ ஏப் ఏప్రి ಏಪ್ರಿ ഏപ്രി අප්‍රි เม.ย
   ມ.ສ ཟླ་༤ လိူၼ်ႁႃႈ အေ ဧပြီ აპრ ሚያዝ አኀዘ ኤፕረ ፋጅኺ ᐃᐳ 四月 ꭷꮼ`,
  // May
  `aru beal boaldyn cam can cax cèit duu ell geg gegužė gegužės gic gul hara keg khk kvě květen května
   lih_mairin_kati mae mag maggio mai maig maijs maio maj maja may mayo mayıs maz maí maý me mee mei mej mey mies
   moj mot máj május môj mē sha shu sup svi svibanj svibnja tai tou touko toukokuu şu μάι μάιος μαΐ μαΐου ага лаҵ
   май мам мая мај тра травень травня ыам մայ מאי מײַ أيار ئای مئی ماي مايو مه مي مٓی میٔ مۍ ܐܝܪ މެއި भादो मई मे
   मेई মে ਮਈ મે ମଇ மே మే ಮೇ മേയ് මැයි พ.ค ພ.ພ ཟླ་༥ မေ လိူၼ်ႁူၵ်း მაი ሜይ ክቢቅ ግንባ ግንቦ ᒪᐃ ẹ̀bibi 五月 ꭰꮒ`,
  // June
  `birž birželio birželis brá bėr chn cze czerwca czerwiec czy djn eka geas giu giugno haz haziran hez hun iun
   iunie iyn iýn iġñ i̇yn jon jug juin jun june junh junho juni junij junio juno juny juu juuni jún június júní jūn
   jūnijs kam kes kesä kesäkuu lipanj lipnja lix lwi làm lî_kati meh meith met mezh pipi qas qer sil suw teg tsp
   vos wax xun xuñ yun yün zin zûg ògmh òkúdu čen čer červen června ġun şĕr ιουν ιουνίου ιούν ιούνιος бэс июн июнь
   июня мау пдш рашә чер червень червня чэр чэрвень чэрвеня юни јун հնս יונ ئىيۇن جوان جون جوٗن حزيران حوز يون
   يونيو ژوئن ܚܙܝܪܢ ޖޫން आसिन जुन जून जूनि জুন ਜੂਨ જૂન ଜୁନ ஜூன் జూన్ ಜೂ ಜೂನ್ ജൂൺ ජූනි มิ.ย ມິ.ຖ ཟླ་༦ ဂျုန် ဇွန်
   လိူၼ်ၸဵတ်း ივნ ሠንየ ሰነ ጁን ᔪᓂ 六月 ꮥꭽ`,
  // July
  `ado agẹmọ arg chl djl gor gou hei heinä heinäkuu hul hōngoi itc iuch iul iulie iyl iúil iýl i̇yl jak jiy jui
   juil juillet jul julho juli julij julio juliol july juuli júl július júlí jūl jūlijs kha kor lai liep liepa
   liepos lipca lipiec lug luglio lui lul lwa lëp lûg nya pastara_kati phu qad siu srpanj srpnja sul suoi tem
   temmuz tod tqw tîr upu ută uzt xnt xul yul yül zil čec července červenec ιουλ ιουλίου ιούλ ιούλιος июл июль июля
   лип липень липня ліп ліпень ліпеня от срм шіл юли јул ԥхынгә հլս יול ئىيۇل تموز تەم جولاءِ جولائی جولاي جولای
   جويلية جوٗلایی يول يوليو يوليوز ژوئیه ܬܡܘܙ ޖުލައި कातिक जुल जुला जुलाइ जुलाई जुलै जुल॰ जूलाइ जूलै জুল জুলাই ਜੁਲਾ
   જુલાઈ ଜୁଲାଇ ஜூலை జులై ಜು ಜುಲೈ ജൂലൈ ජූලි ก.ค ກ.ລ ཟླ་༧ ဂျူ ဇူ လိူၼ်ပႅတ်ႇ ივლ ሐመለ ሓምለ ኰር ጁላይ ᔪᓚ 七月 ꭻᏸ`,
  // August
  `abu ag aga ago agost agosto agt agu aog aok aou aout aoû août arh aug august augusti augusts augustus augusztus
   aus avg avgust avo avq awg awo aws awu aww ağu ağustos aŭg borg ct̓é elo elokuu eos est gsh hag here juk kol
   kolovoz kolovoza leq luanistyn lùna lún mha ngc ngu oga ogos ogs oug pai rgp rugp rugpjūtis rugpjūčio sid sie
   sierpień sierpnia sikla_kati srpen srpna teb thu tiñ uut yag zél ágú ágúst ògún ögu öig şur žni ɣuc ʻaok αυγ
   αυγούστου αύγ αύγουστος авг август августа атыр жні жнівень жніўня нанҳә сер серпень серпня срл там օգս אוג אױג
   آب آقۇست آگسٽ أغس أغسطس أوت ئاب ئاۋغۇست اوت اګست اگست غشت ܐܒ އޮގަސްޓް अग अगस्ट अगस्त अगहन अग॰ आगस्टु आगस्थ ऑग
   ओगस्ट আগ আগস্ট ਅਗ ઑગસ્ટ ଅଗଷ୍ଟ ஆக ఆగ ഓഗ අගෝ ส.ค ສ.ຫ ཟླ་༨ လိူၼ်ၵဝ်ႈ အဝ် აგვ ማርያ ነሐሰ ነሓሰ ኦገስ ᐊᒋ ọgọ 八月 ꭶꮆ`,
  // September
  `ami avă cab cte cut dait eyl eylül ful gwe gwn ira khu leo mahu med mfómh ndz nyo nze owewe qel rugs rugsėjis
   rugsėjo rujan rujna sag sat seb sen sep sept septembar september septembre septembrie septembris septiembre set
   setembre setembro setiembre settembre sht sin sip sit slt stb sult syy syys syyskuu szept szeptember sèp séw tah
   vie way wrz wrzesień września wîs_kati zář září îlo čakč σεπ σεπτέμβριος σεπτεμβρίου бал вер верасень верасня
   вересень вересня идм сен сент сентябрь сентября сеп септембар септември цәыб қыр սեպ סעפּ ספט أيلول ئەی سبت
   سبتمبر ستمبر سيپٽيمبر سپتامبر سپتمبر سېنتەبىر شتنبر ܐܝܠܘܠ ސެޕްޓެންބަރ पूस सप्टें सित सितंबर सितम्बर सित॰
   सेप्टेंबर सेप्टेंबरू सेप्टेम्बर सेबथेज्ब़र সেপ সেপ্ট সেপ্টেম্বর ਸਤੰ સપ્ટે ସେପ୍ଟେମ୍ବର செப் సెప్టెం ಸೆ ಸೆಪ್ಟೆಂ
   സെപ്റ്റം සැප් ก.ย ກ.ຍ ཟླ་༩ စက် လိူၼ်သိပ်း သိပ် სექ መስከ ሴፕቴ ከረመ ያኸኒ ᓯᑎ 九月 ꮪꮅ`,
  // October
  `cot dfómh dip dit dwa dàmh eki ekim golg hed her hyd imp ipam jup kṭu lad lok loka lokakuu mph och oct october
   octobre octombrie octubre oke oki okt oktobar oktober oktobris oktoober október onk ott ottobre otu out outubro
   paź październik października puk sik spa spal spalio spalis tet tob tub ukt ukw urr waupasa_kati wél wím yar ökt
   ött ükt říj říjen října ɔtb ʻoka οκτ οκτωβρίου οκτώβριος алт жов жовтень жовтня жьҭ кас кастрычнік кастрычніка
   окт октобар октомври октябрь октября шыж қаз հոկ אָקט אוק آڪٽوبر أكت أكتوبر ئۆكتەبىر اكتبر اكتوبر اوْکتوْبر
   اکتوبر اکتوٗبر تشرين_الأول تش١ ܏ܬܫ_܏ܐ އޮކްޓޫބަރ अकटू अक्टू अक्टूबर अक्टोबर अक्तूबर अक्तू॰ अखथबर आक्टूबरू ऑक्टो
   ओक्टोबर माघ অক্টো অক্টোবর ওক্ত ਅਕਤੂ ઑક્ટો ଅକ୍ଟୋବର அக் అక్టో ಅಕ್ಟೋ ഒക്ടോ ඔක් ต.ค ຕ.ລ ཟླ་༡༠ လိူၼ်သိပ်းဢဵတ်း အောက်
   အံက် ოქტ መተሉ ኦክተ ጠቀመ ጥቅም ᐊᑦ ọkt ọ̀wàrà 十月 ꮪꮒ`,
  // November
  `aza bélú cük du huk kasım kit lap lapkr lapkritis lapkričio listopadu lës lístopadu m.houney marras marraskuu
   mij ngw nka nob nof noiembrie nov novembar november novembre novembris novembro noviembre now noy noý nuv nuw
   nvb nën nóv nóvember nôv nöw nōv onn pay phai pud samh shin skáb studeni studenoga tach u7l ugu usi wam xim
   yahbra_kati νοέ νοέμβριος νοε νοεμβρίου абҵ клм лис листопад листопада ліс лістапад лістапада нов новембар ное
   ноември ноя нояб ноябрь ноября сэт қар նմբ נאָװ נוב تشرين_الثاني تش٢ نوامبر نوف نوفمبر نومبر نونبر نويابىر
   نوْوامبر ܏ܬܫ_܏ܒ ނޮވެންބަރ नबेज्ब़र नव नवंबर नवंबरू नवम्बर नव॰ नोभेम्बर नोव्हें नोव्हेंबर फागुन নবে নভে নভেম্বর
   ਨਵੰ નવે ନଭେମ୍ବର நவ నవం ನವೆಂ നവം නෙවැ พ.ย ພ.ຈ ཟླ་༡༡ နဝ် နို လိူၼ်သိပ်းသွင် ნოე ሕዳር ኀደረ ኖቬም ᓄᕕ ḽar 十一 十一月 ꮕꮣ`,
  // December
  `abe ara aralık avi bow chr dec decembar december decembrie decembris dek des desember desembre dets detsember
   dez dezember dezembro dhj dic dicembre diciembre dik dis dix diċ dsb duj déc décembre dùbh grd gru grudnia
   grudzień gruod gruodis gruodžio gòd haki jou joulu joulukuu juov kan kax ker kev lit m.nollick mati mng mux n'w
   nad ngo noll nye pro prosinac prosinca prosince prosinec raš rha ris sed siq tes tis trisu_kati tīs uku śni δεκ
   δεκέμβριος δεκεμβρίου ахс гру грудень грудня дек декабрь декабря декември дец децембар жел сне снежань снежня
   тел ԥхынҷ դեկ דעצ דצמ دجنبر دسامبر دسمبر ديس ديسمبر دېكابىر كانون_الأول ڊسمبر کا١ ܏ܟܢ_܏ܐ ޑިސެންބަރ चैति डिसें
   डिसेंबर डिसेम्बर दिस दिसंबर दिसम्बर दिसेज्ब़र दिस॰ ॾिसंबरू ডিস ডিসে ডিসেম্বর ਦਸੰ ડિસે ଡିସେମ୍ବର டிச డిసెం ಡಿ
   ಡಿಸೆಂ ഡിസം දෙසැ ธ.ค ທ.ວ ཟླ་༡༢ ဒီ ဒဳ လိူၼ်ၸဵင် დეკ ተሕሳ ታሕሳ ኀሠሠ ዲሴም ᑎᓯ ọ̀pẹ̀ 十二 十二月 ꭵꮝ`,
]

/** Languages that have such a word, each with words that only it has among them: its months, and what it puts before the sum. */
const TELLING: readonly (readonly [Tongue, string])[] = [
  ['cs', 'celkem led ledna úno února bře března dub dubna kvě května čen června čvn čvc července zář září říj října'],
  ['hr', 'ukupno sveukupno sij siječnja velj veljače ožu ožujka tra travnja svi svibnja kol kolovoza studenoga'],
  [
    'pl',
    'razem sty stycznia lut lutego kwi kwietnia cze czerwca sie sierpnia wrz września paź października gru grudnia',
  ],
  ['tr', 'toplam oca ocak şub şubat nis nisan haz haziran tem temmuz ağu ağustos eyl eylül eki ekim ara aralık'],
]

/** A language that uses one of the shared words. */
export type Tongue = 'cs' | 'hr' | 'pl' | 'tr'

const SHARED: ReadonlyMap<string, Readonly<Partial<Record<Tongue, number>>>> = new Map([
  ['lip', { hr: 5, pl: 6 }],
  ['kas', { tr: 10 }],
  ['stu', { hr: 10 }],
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
        .map((word) => [word.replace('_', ' '), value] as const),
    ),
  )
}

/** Most listings are in English and need none of the tables. */
function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}
