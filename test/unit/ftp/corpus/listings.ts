/**
 * Listings as servers print them, read on 25 November 2026 at noon UTC. `# server | kind`; then each line as it comes, and below it
 * behind '= ' what shown() makes of the entry, or 'nothing'.
 */
export const listingCorpus = String.raw`
# vsftpd 3.0.3 | list
-rw-r--r--    1 2001     2001           13 Nov 22 18:57 hello.txt
= file 13 2026-11-22T18:57/min/assumed 644 2001:2001 "hello.txt"
lrwxrwxrwx    1 2001     2001            9 Nov 22 18:57 link.txt -> hello.txt
= link ? 2026-11-22T18:57/min/assumed 777 2001:2001 "link.txt" => "hello.txt"
drwxr-xr-x    3 2001     2001         4096 Nov 22 18:57 pub
= directory ? 2026-11-22T18:57/min/assumed 755 2001:2001 "pub"
drwx------    2 0        0            4096 Jan 01  1970 root only
= directory ? 1970-01-01/day/assumed 700 0:0 "root only"
-rw-------    1 ftp      ftp    5368709120 Feb 29  2024 big.iso
= file 5368709120 2024-02-29/day/assumed 600 ftp:ftp "big.iso"
-rw-r--r--    1 2001     2001            1 Nov 22 18:57 näme ü.txt
= file 1 2026-11-22T18:57/min/assumed 644 2001:2001 "näme ü.txt"
-rw-r--r--    1 2001     2001            1 Nov 22 18:57  leading blank
= file 1 2026-11-22T18:57/min/assumed 644 2001:2001 " leading blank"
-rw-r--r--    1 2001     2001            1 Nov 22 18:57 trailing blank 
= file 1 2026-11-22T18:57/min/assumed 644 2001:2001 "trailing blank "
-rw-r--r--    1 2001     2001            1 Nov 22 18:57 a -> b
= file 1 2026-11-22T18:57/min/assumed 644 2001:2001 "a -> b"
-rw-r--r--    1 2001     2001            1 Dec 31 23:59 last year.txt
= file 1 2025-12-31T23:59/min/assumed 644 2001:2001 "last year.txt"
drwxr-xr-x    2 2001     2001         4096 Nov 22 18:57 .
= nothing
drwxr-xr-x    2 2001     2001         4096 Nov 22 18:57 ..
= nothing
# vsftpd ls_recurse_enable | list
.:
= nothing
total 8
= nothing
-rw-r--r--    1 ftp      ftp             0 Jun 06 06:06 empty
= file 0 2026-06-06T06:06/min/assumed 644 ftp:ftp "empty"
# proftpd 1.3.8 | list
-rw-r--r--   1 lab      lab            13 Nov 22 18:57 hello.txt
= file 13 2026-11-22T18:57/min/assumed 644 lab:lab "hello.txt"
lrwxrwxrwx   1 lab      lab             9 Nov 22 18:57 link.txt -> hello.txt
= link ? 2026-11-22T18:57/min/assumed 777 lab:lab "link.txt" => "hello.txt"
drwxr-xr-x   3 lab      lab          4096 Nov 22 18:57 pub
= directory ? 2026-11-22T18:57/min/assumed 755 lab:lab "pub"
drwxrwxrwt   9 root     root         4096 Nov 22 18:57 tmp
= directory ? 2026-11-22T18:57/min/assumed 1777 root:root "tmp"
-rwsr-sr-x   1 root     root        54256 Mar 14  2025 passwd
= file 54256 2025-03-14/day/assumed 6755 root:root "passwd"
-rw-r--r--+  1 lab      lab            13 Nov 22 18:57 acl.txt
= file 13 2026-11-22T18:57/min/assumed 644 lab:lab "acl.txt"
crw-rw-rw-   1 root     root       1,   3 Nov 22 18:57 null
= other ? 2026-11-22T18:57/min/assumed 666 root:root "null"
brw-rw----   1 root     disk       8,   0 Nov 22 18:57 sda
= other ? 2026-11-22T18:57/min/assumed 660 root:disk "sda"
srwxrwxrwx   1 root     root            0 Nov 22 18:57 sock
= other 0 2026-11-22T18:57/min/assumed 777 root:root "sock"
prw-r--r--   1 root     root            0 Nov 22 18:57 fifo
= other 0 2026-11-22T18:57/min/assumed 644 root:root "fifo"
-rw-r--r--   1 (?)      (?)            13 Nov 22 18:57 nobody.txt
= file 13 2026-11-22T18:57/min/assumed 644 (?):(?) "nobody.txt"
-rw-r--r--   1 lab      Domain Users       13 Nov 22 18:57 grouped.txt
= file 13 2026-11-22T18:57/min/assumed 644 lab:Domain Users "grouped.txt"
# proftpd 1.3.8 | mlsd
modify=20261122185750;perm=adfrw;size=13;type=file;unique=FE00U21A907;UNIX.group=2001;UNIX.groupname=lab;UNIX.mode=0644;UNIX.owner=2001;UNIX.ownername=lab; hello.txt
= file 13 2026-11-22T18:57:50.000/s/utc 644 lab:lab #FE00U21A907 "hello.txt"
modify=20261122185750;perm=flcdmpe;type=dir;unique=FE00U21A904;UNIX.group=2001;UNIX.groupname=lab;UNIX.mode=0755;UNIX.owner=2001;UNIX.ownername=lab; pub
= directory ? 2026-11-22T18:57:50.000/s/utc 755 lab:lab #FE00U21A904 "pub"
modify=20261122185750;perm=adfrw;size=9;type=OS.unix=symlink;unique=FE00U21A907;UNIX.group=2001;UNIX.groupname=lab;UNIX.mode=0777;UNIX.owner=2001;UNIX.ownername=lab; link.txt
= link ? 2026-11-22T18:57:50.000/s/utc 777 lab:lab #FE00U21A907 "link.txt"
modify=20261122185750;perm=flcdmpe;type=cdir;unique=FE00U21A904;UNIX.group=2001;UNIX.groupname=lab;UNIX.mode=0755;UNIX.owner=2001;UNIX.ownername=lab; .
= nothing
modify=20261122185750;perm=fle;type=pdir;unique=FE00U21A901;UNIX.group=0;UNIX.groupname=root;UNIX.mode=0755;UNIX.owner=0;UNIX.ownername=root; ..
= nothing
modify=20261122185750;perm=adfrw;size=1;type=file;unique=1;UNIX.groupname=Domain Users;UNIX.mode=0640; x.txt
= file 1 2026-11-22T18:57:50.000/s/utc 640 ?:Domain Users #1 "x.txt"
modify=20261122185750;perm=adfrw;size=1;type=file;unique=2;  leading blank
= file 1 2026-11-22T18:57:50.000/s/utc ? ? #2 " leading blank"
modify=20261122185750;perm=adfrw;size=1;type=file;unique=3; a; b=c; d
= file 1 2026-11-22T18:57:50.000/s/utc ? ? #3 "a; b=c; d"
modify=20261122185750;perm=adfrw;size=9007199254740993;type=file; too big
= file ? 2026-11-22T18:57:50.000/s/utc ? ? "too big"
# pure-ftpd | list
-rw-r--r--    1 2001       lab                13 Nov 22 18:57 hello.txt
= file 13 2026-11-22T18:57/min/assumed 644 2001:lab "hello.txt"
lrwxrwxrwx    1 2001       lab                 9 Nov 22 18:57 link.txt -> hello.txt
= link ? 2026-11-22T18:57/min/assumed 777 2001:lab "link.txt" => "hello.txt"
drwxr-xr-x    3 2001       lab              4096 Nov 22 18:57 pub
= directory ? 2026-11-22T18:57/min/assumed 755 2001:lab "pub"
-rw-r--r--    1 0          0            73400320 Oct  3  2024 disk image.bin
= file 73400320 2024-10-03/day/assumed 644 0:0 "disk image.bin"
drwxr-xr-x    2 ftp        ftp              4096 Nov  1  7:05 early
= directory ? 2026-11-01T07:05/min/assumed 755 ftp:ftp "early"
-rw-r--r--    1 ftp        ftp                 0 Nov 26 13:30 ahead.txt
= file 0 2026-11-26T13:30/min/assumed 644 ftp:ftp "ahead.txt"
# pure-ftpd | mlsd
type=file;size=13;modify=20261122185751;UNIX.mode=0644;UNIX.uid=2001;UNIX.gid=2001;unique=fe00g21c02d; hello.txt
= file 13 2026-11-22T18:57:51.000/s/utc 644 2001:2001 #fe00g21c02d "hello.txt"
type=dir;sizd=4096;modify=20261122185751;UNIX.mode=0755;UNIX.uid=2001;UNIX.gid=2001;unique=fe00g21c02a; pub
= directory ? 2026-11-22T18:57:51.000/s/utc 755 2001:2001 #fe00g21c02a "pub"
type=OS.unix=slink:;size=9;modify=20261122185751;UNIX.mode=0777;UNIX.uid=2001;UNIX.gid=2001;unique=fe00g21c031; link.txt
= link ? 2026-11-22T18:57:51.000/s/utc 777 2001:2001 #fe00g21c031 "link.txt"
type=cdir;sizd=4096;modify=20261122185751;UNIX.mode=0755;UNIX.uid=2001;UNIX.gid=2001;unique=fe00g21c029; .
= nothing
type=pdir;sizd=4096;modify=20261122185751;UNIX.mode=0755;UNIX.uid=2001;UNIX.gid=2001;unique=fe00g21c029; ..
= nothing
type=file;size=0;modify=19700101000000;UNIX.mode=0600;UNIX.uid=0;UNIX.gid=0;unique=fe00g1; d "q" 1
= file 0 1970-01-01/s/utc 600 0:0 #fe00g1 "d "q" 1"
# pyftpdlib | list
-rw-r--r--   1 2001     2001           13 Nov 22 18:58 hello.txt
= file 13 2026-11-22T18:58/min/assumed 644 2001:2001 "hello.txt"
lrwxrwxrwx   1 2001     2001            9 Nov 22 18:58 link.txt -> hello.txt
= link ? 2026-11-22T18:58/min/assumed 777 2001:2001 "link.txt" => "hello.txt"
drwxrwxrwx   1 owner    group           0 Apr 04  2023 windows dir
= directory ? 2023-04-04/day/assumed 777 owner:group "windows dir"
-rw-rw-rw-   1 owner    group        4096 Sep 02 03:47 file.bin
= file 4096 2026-09-02T03:47/min/assumed 666 owner:group "file.bin"
# pyftpdlib | mlsd
modify=20261122185803;perm=radfwMT;size=13;type=file;unique=fe00g21c2f3; hello.txt
= file 13 2026-11-22T18:58:03.000/s/utc ? ? #fe00g21c2f3 "hello.txt"
modify=20261122185803;perm=eldfmMTcp;size=4096;type=dir;unique=fe00g21c2f0; pub
= directory ? 2026-11-22T18:58:03.000/s/utc ? ? #fe00g21c2f0 "pub"
type=file;size=156;perm=r;modify=20071029155301;unique=8012; music.mp3
= file 156 2007-10-29T15:53:01.000/s/utc ? ? #8012 "music.mp3"
type=dir;size=0;perm=el;modify=20071127230206;unique=801e33; ebooks
= directory ? 2007-11-27T23:02:06.000/s/utc ? ? #801e33 "ebooks"
# aioftp | list
-rw-r--r-- 1 none none 13 Nov 22 18:58 hello.txt
= file 13 2026-11-22T18:58/min/assumed 644 none:none "hello.txt"
drwxr-xr-x 1 none none 4096 Nov 22 18:58 pub
= directory ? 2026-11-22T18:58/min/assumed 755 none:none "pub"
-rw-r--r-- 1 none none 1 Nov 22 18:58 näme ü.txt
= file 1 2026-11-22T18:58/min/assumed 644 none:none "näme ü.txt"
# aioftp | mlsd
Size=13;Create=20261122185804;Modify=20261122185804;Type=file; hello.txt
= file 13 2026-11-22T18:58:04.000/s/utc ? ? "hello.txt"
Size=4096;Create=20261122185804;Modify=20261122185804;Type=dir; pub
= directory ? 2026-11-22T18:58:04.000/s/utc ? ? "pub"
# inetutils ftpd 2.4 | list
total 12
= nothing
-rw-r--r--  1 lab  lab    13 Nov 22 18:58 hello.txt
= file 13 2026-11-22T18:58/min/assumed 644 lab:lab "hello.txt"
lrwxrwxrwx  1 lab  lab     9 Nov 22 18:58 link.txt -> hello.txt
= link ? 2026-11-22T18:58/min/assumed 777 lab:lab "link.txt" => "hello.txt"
drwxr-xr-x  3 lab  lab  4096 Nov 22 18:58 pub
= directory ? 2026-11-22T18:58/min/assumed 755 lab:lab "pub"
dir: No such file or directory
= unreadable: the line is in no format that is known
# linux-ftpd-ssl 0.17 | list
total 12
= nothing
-rw-r--r-- 1 lab lab   13 Nov 22 19:02 hello.txt
= file 13 2026-11-22T19:02/min/assumed 644 lab:lab "hello.txt"
lrwxrwxrwx 1 lab lab    9 Nov 22 19:02 link.txt -> hello.txt
= link ? 2026-11-22T19:02/min/assumed 777 lab:lab "link.txt" => "hello.txt"
drwxr-xr-x 3 lab lab 4096 Nov 22 19:02 pub
= directory ? 2026-11-22T19:02/min/assumed 755 lab:lab "pub"
/bin/ls: cannot access 'nosuchdir': No such file or directory
= unreadable: the line is in no format that is known
# GNU ls, ISO dates | list
total 40K
= nothing
-rw-r--r-- 1 me users 13 2024-01-02 10:00 long-iso.txt
= file 13 2024-01-02T10:00/min/assumed 644 me:users "long-iso.txt"
drwxr-xr-x 2 me users 4096 2023-12-31 23:59 dir
= directory ? 2023-12-31T23:59/min/assumed 755 me:users "dir"
-rw-r--r-- 1 me users 13 2024-01-02 10:00:05.123456789 +0100 full-iso.txt
= file 13 2024-01-02T09:00:05.000/s/utc 644 me:users "full-iso.txt"
-rw-r--r-- 1 me users 13 2024-01-02 00:30:00.000000000 -0530 half hour zone
= file 13 2024-01-02T06:00/s/utc 644 me:users "half hour zone"
-rw-r--r-- 1 me users 13 11-22 18:57 iso recent
= file 13 2026-11-22T18:57/min/assumed 644 me:users "iso recent"
-rw-r--r-- 1 me users 13 2024-01-02  iso old
= file 13 2024-01-02/day/assumed 644 me:users "iso old"
lrwxrwxrwx 1 me users 5 2024-01-02 10:00 a -> b/c -> d
= link ? 2024-01-02T10:00/min/assumed 777 me:users "a" => "b/c -> d"
lrwxrwxrwx 1 me users 6 2024-01-02 10:00 x -> y -> target
= link ? 2024-01-02T10:00/min/assumed 777 me:users "x -> y" => "target"
lrwxrwxrwx 1 me users 0 2024-01-02 10:00 proc -> /whatever
= link ? 2024-01-02T10:00/min/assumed 777 me:users "proc" => "/whatever"
-rw-r--r--. 1 me users 13 2024-01-02 10:00 selinux.txt
= file 13 2024-01-02T10:00/min/assumed 644 me:users "selinux.txt"
# macOS and BSD ls | list
total 8
= nothing
-rw-r--r--@ 1 me  staff    13 Nov 22 18:57 quarantine.dmg
= file 13 2026-11-22T18:57/min/assumed 644 me:staff "quarantine.dmg"
drwxr-xr-x+ 5 me  staff   160 Nov  2 18:57 acl dir
= directory ? 2026-11-02T18:57/min/assumed 755 me:staff "acl dir"
drwx------  3 me  everyone 96 Jul  4  2024 Domain Users
= directory ? 2024-07-04/day/assumed 700 me:everyone "Domain Users"
-rw-r--r--  1 me  wheel  3221225472 Nov 22 18:57 3 GiB
= file 3221225472 2026-11-22T18:57/min/assumed 644 me:wheel "3 GiB"
# busybox ls | list
total 4
= nothing
-rw-r--r--    1 root     root           123 Nov 22 18:57 motd
= file 123 2026-11-22T18:57/min/assumed 644 root:root "motd"
drwxr-xr-x    2 root     root          4096 Jan  1  1970 etc
= directory ? 1970-01-01/day/assumed 755 root:root "etc"
lrwxrwxrwx    1 root     root             7 Jan  1  2020 bin -> usr/bin
= link ? 2020-01-01/day/assumed 777 root:root "bin" => "usr/bin"
# Solaris ftpd | list
total 12
= nothing
-rw-r--r--   1 root     other       1234 Sep 10  2003 readme
= file 1234 2003-09-10/day/assumed 644 root:other "readme"
drwxrwxr-x   2 root     sys          512 Nov 22 18:57 etc
= directory ? 2026-11-22T18:57/min/assumed 775 root:sys "etc"
Drw-rw-rw-   1 root     root           0 Nov 22 18:57 door
= other 0 2026-11-22T18:57/min/assumed 666 root:root "door"
-rw-rwlr--   1 root     other          0 Nov 22 18:57 locked
= file 0 2026-11-22T18:57/min/assumed 2664 root:other "locked"
# HP-UX and AIX | list
-rw-r-----   1 oracle     dba          2097152 Nov 22 18:57 system01.dbf
= file 2097152 2026-11-22T18:57/min/assumed 640 oracle:dba "system01.dbf"
drwxr-xr-x   2 bin        bin              512 May  5  2019 lib
= directory ? 2019-05-05/day/assumed 755 bin:bin "lib"
-rw-r--r--   1 204        staff              0 Nov 22 18:57 no name owner
= file 0 2026-11-22T18:57/min/assumed 644 204:staff "no name owner"
# wu-ftpd 2.6 | list
total 3 
= nothing
-r--r--r--   1 root     0            317 Feb  9  1998 welcome.msg
= file 317 1998-02-09/day/assumed 444 root:0 "welcome.msg"
d--x--x--x   2 root     0            512 Jul  2  1996 bin
= directory ? 1996-07-02/day/assumed 111 root:0 "bin"
drwxr-xr-x  10 0        1           1024 Nov 22 18:57 pub
= directory ? 2026-11-22T18:57/min/assumed 755 0:1 "pub"
lrwxrwxrwx   1 root     other          7 Jan 25 00:17 bin -> usr/bin
= link ? 2026-01-25T00:17/min/assumed 777 root:other "bin" => "usr/bin"
# NcFTPd | list
-rw-r--r--   1 ftpuser  ftpusers        13 Nov 22 18:57 hello.txt
= file 13 2026-11-22T18:57/min/assumed 644 ftpuser:ftpusers "hello.txt"
drwxrwsr-x   2 ftpuser  ftpusers       512 Nov 22 18:57 setgid
= directory ? 2026-11-22T18:57/min/assumed 2775 ftpuser:ftpusers "setgid"
drwxrwSr-T   2 ftpuser  ftpusers       512 Nov 22 18:57 odd bits
= directory ? 2026-11-22T18:57/min/assumed 3764 ftpuser:ftpusers "odd bits"
# FileZilla Server 0.9 | list
-rw-r--r-- 1 ftp ftp             13 Nov 22 18:57 hello.txt
= file 13 2026-11-22T18:57/min/assumed 644 ftp:ftp "hello.txt"
drwxr-xr-x 1 ftp ftp              0 Nov 22 18:57 My Documents
= directory ? 2026-11-22T18:57/min/assumed 755 ftp:ftp "My Documents"
-r--r--r-- 1 ftp ftp     4294967296 Aug 15  2022 4 GiB.bin
= file 4294967296 2022-08-15/day/assumed 444 ftp:ftp "4 GiB.bin"
# FileZilla Server 1.x | mlsd
type=file;size=13;modify=20261122185751.123;perms=awrfd; hello.txt
= file 13 2026-11-22T18:57:51.123/ms/utc ? ? "hello.txt"
type=dir;modify=20261122185751.000;perms=cple; pub
= directory ? 2026-11-22T18:57:51.000/ms/utc ? ? "pub"
type=file;size=1;modify=20261122185751.9;perms=awrfd; tenth
= file 1 2026-11-22T18:57:51.900/ms/utc ? ? "tenth"
# IIS 10, MS-DOS style | list
11-22-26  06:57PM                   13 hello.txt
= file 13 2026-11-22T18:57/min/assumed ? ? "hello.txt"
11-22-26  12:00AM       <DIR>          midnight
= directory ? 2026-11-22/min/assumed ? ? "midnight"
11-22-26  12:30PM       <DIR>          noon
= directory ? 2026-11-22T12:30/min/assumed ? ? "noon"
02-29-24  03:04PM           5368709120 big file.iso
= file 5368709120 2024-02-29T15:04/min/assumed ? ? "big file.iso"
01-02-98  09:15AM                    0 last century
= file 0 1998-01-02T09:15/min/assumed ? ? "last century"
11-22-2026  06:57PM                   13 four digits.txt
= file 13 2026-11-22T18:57/min/assumed ? ? "four digits.txt"
11-22-2026  06:57PM       <DIR>          four digit dir
= directory ? 2026-11-22T18:57/min/assumed ? ? "four digit dir"
11-22-26  06:57PM       <JUNCTION>     junction
= link ? 2026-11-22T18:57/min/assumed ? ? "junction"
11-22-26  06:57PM       <DIR>            two leading blanks
= directory ? 2026-11-22T18:57/min/assumed ? ? "  two leading blanks"
11-22-26  06:57PM                   13   two leading blanks.txt
= file 13 2026-11-22T18:57/min/assumed ? ? "  two leading blanks.txt"
13-45-26  06:57PM                   13 odd date.txt
= file 13 ? ? ? "odd date.txt"
# IIS 10, Unix style | list
-rwxrwxrwx   1 owner    group              13 Nov 22 18:57 hello.txt
= file 13 2026-11-22T18:57/min/assumed 777 owner:group "hello.txt"
drwxrwxrwx   1 owner    group               0 Nov 22 18:57 pub
= directory ? 2026-11-22T18:57/min/assumed 777 owner:group "pub"
-rwxrwxrwx   1 owner    group         9876543 Nov 22  2024 old.zip
= file 9876543 2024-11-22/day/assumed 777 owner:group "old.zip"
# Windows dir over other servers | list
2026-11-22  18:57       <DIR>          iso dir
= directory ? 2026-11-22T18:57/min/assumed ? ? "iso dir"
2026-11-22  18:57             1,234,567 commas.bin
= file 1234567 2026-11-22T18:57/min/assumed ? ? "commas.bin"
22.11.2026  18:57         1.234.567 punkte.bin
= file 1234567 2026-11-22T18:57/min/assumed ? ? "punkte.bin"
22.11.2026  18:57    <DIR>          Ordner
= directory ? 2026-11-22T18:57/min/assumed ? ? "Ordner"
11/22/2026  06:57 PM    <SYMLINKD>     d [C:\data]
= link ? 2026-11-22T18:57/min/assumed ? ? "d" => "C:\data"
11/22/2026  06:57 PM    <SYMLINK>      f.txt [..\g.txt]
= link ? 2026-11-22T18:57/min/assumed ? ? "f.txt" => "..\g.txt"
11/22/2026  06:57 PM               42 slash.txt
= file 42 2026-11-22T18:57/min/assumed ? ? "slash.txt"
# Serv-U | list
drwxrw-rw-   1 user     group           0 Nov 22 18:57 .
= nothing
drwxrw-rw-   1 user     group           0 Nov 22 18:57 ..
= nothing
-rw-rw-rw-   1 user     group       31337 Nov 22 18:57 report (final).pdf
= file 31337 2026-11-22T18:57/min/assumed 666 user:group "report (final).pdf"
drwxrw-rw-   1 user     group           0 Dec 24  2025 Xmas
= directory ? 2025-12-24/day/assumed 766 user:group "Xmas"
# Serv-U | mlsd
Type=file;Size=31337;Modify=20261122185751.000; report (final).pdf
= file 31337 2026-11-22T18:57:51.000/ms/utc ? ? "report (final).pdf"
Type=dir;Modify=20251224000000.000; Xmas
= directory ? 2025-12-24/ms/utc ? ? "Xmas"
# Gene6 and Titan | mlsd
type=dir;modify=20261122185751;perm=flcdmpe;unique=x1; [2026] brackets
= directory ? 2026-11-22T18:57:51.000/s/utc ? ? #x1 "[2026] brackets"
type=file;modify=20261122185751;size=42;perm=adfrw;unique=x2; #hash%20.txt
= file 42 2026-11-22T18:57:51.000/s/utc ? ? #x2 "#hash%20.txt"
TYPE=FILE;MODIFY=20261122185751;SIZE=42;PERM=ADFRW; UPPER.TXT
= file 42 2026-11-22T18:57:51.000/s/utc ? ? "UPPER.TXT"
# CrushFTP | list
drwxr-xr-x   1 user     group    4096 Nov 22 18:57 incoming
= directory ? 2026-11-22T18:57/min/assumed 755 user:group "incoming"
-rw-rw-rw-   1 user     group    12345678901 Nov 22 18:57 video.mov
= file 12345678901 2026-11-22T18:57/min/assumed 666 user:group "video.mov"
# CrushFTP | mlsd
Type=dir;Modify=20261122185751;Perm=elrcwdfmp;Size=1;Unique=/a/;UNIX.mode=0755; incoming
= directory ? 2026-11-22T18:57:51.000/s/utc 755 ? #/a/ "incoming"
# Apache MINA ftpserver | list
drwx------   3 admin group            0 Nov 22 18:57 docs
= directory ? 2026-11-22T18:57/min/assumed 700 admin:group "docs"
-rw-------   1 admin group          123 Nov 22 18:57 notes.txt
= file 123 2026-11-22T18:57/min/assumed 600 admin:group "notes.txt"
# Apache MINA ftpserver | mlsd
Size=123;Modify=20261122185751.456;Type=file; notes.txt
= file 123 2026-11-22T18:57:51.456/ms/utc ? ? "notes.txt"
Size=0;Modify=20261122185751.456;Type=dir; docs
= directory ? 2026-11-22T18:57:51.456/ms/utc ? ? "docs"
# Synology and QNAP | list
drwxrwxrwx   1 admin    users          4096 Nov 22 18:57 #recycle
= directory ? 2026-11-22T18:57/min/assumed 777 admin:users "#recycle"
drwxr-xr-x   5 guest    everyone       4096 Jun 10  2024 @eaDir
= directory ? 2024-06-10/day/assumed 755 guest:everyone "@eaDir"
-rwxrwxrwx   1 admin    administrators      17 Nov 22 18:57 .DS_Store
= file 17 2026-11-22T18:57/min/assumed 777 admin:administrators ".DS_Store"
# FRITZ!Box and routers | list
drwx------ 0 0 0 0 Jan 01 1970 FRITZ
= directory ? 1970-01-01/day/assumed 700 0:0 "FRITZ"
-rw-rw-rw- 1 root root 1048576 Nov 22 18:57 FRITZ.Box image.img
= file 1048576 2026-11-22T18:57/min/assumed 666 root:root "FRITZ.Box image.img"
-rwxrwxrwx 1 0 0 31 Jan  1 00:00 boot
= file 31 2026-01-01/min/assumed 777 0:0 "boot"
# cameras and embedded, missing columns | list
-rw-r--r--   user 123 Nov 22 18:57 no group no links
= file 123 2026-11-22T18:57/min/assumed 644 user:? "no group no links"
-rw-r--r--   1 user 123 Nov 22 18:57 no group
= file 123 2026-11-22T18:57/min/assumed 644 user:? "no group"
-rw-r--r--  123 Nov 22 18:57 nobody
= file 123 2026-11-22T18:57/min/assumed 644 ? "nobody"
drw-rw-rw-   1 user group            0 Nov 22 18:57 dir/
= directory ? 2026-11-22T18:57/min/assumed 666 user:group "dir"
# owners with blanks (Cygwin, SFU) | list
-rwx------   1 John Doe   Domain Users         13 Nov 22 18:57 doc.txt
= file 13 2026-11-22T18:57/min/assumed 700 John Doe:Domain Users "doc.txt"
-rwxrwxrwx   1 BUILTIN\Administrators NT AUTHORITY\SYSTEM 13 Nov 22 18:57 sys.dll
= file 13 2026-11-22T18:57/min/assumed 777 ? "sys.dll"
drwxr-xr-x   1 Administrators  None           0 Nov 22 18:57 home
= directory ? 2026-11-22T18:57/min/assumed 755 Administrators:None "home"
# NetWare | list
total 0
= nothing
d [RWCEAFMS] server                512 Jan 16 18:53 login
= directory ? 2026-01-16T18:53/min/assumed ? server:? "login"
- [R----F--] rhesus             214059 Oct 20 15:27 cx.exe
= file 214059 2026-10-20T15:27/min/assumed ? rhesus:? "cx.exe"
d[R----F--] supervisor            512 Jan 16  2024    SYSTEM
= directory ? 2024-01-16/day/assumed ? supervisor:? "SYSTEM"
# publicfile | list
+i8388621.29609,m824255902,/,	tdev
= directory ? 1996-02-13T23:58:22.000/s/utc ? ? #8388621.29609 "tdev"
+i8388621.44468,m839956783,r,s10376,	RFCEPLF
= file 10376 1996-08-13T17:19:43.000/s/utc ? ? #8388621.44468 "RFCEPLF"
+m825718503,r,s280,	djb.html
= file 280 1996-03-01T22:15:03.000/s/utc ? ? "djb.html"
+up644,	mode only
= other ? ? ? ? "mode only"
# German ls | list
insgesamt 12
= nothing
-rw-r--r-- 1 ich users 13 22. Nov 18:57 punkt.txt
= file 13 2026-11-22T18:57/min/assumed 644 ich:users "punkt.txt"
-rw-r--r-- 1 ich users 13 Dez 24  2025 dez.txt
= file 13 2025-12-24/day/assumed 644 ich:users "dez.txt"
-rw-r--r-- 1 ich users 13 Mär 10 10:00 maerz.txt
= file 13 2026-03-10T10:00/min/assumed 644 ich:users "maerz.txt"
drwxr-xr-x 2 ich users 4096 Mai 10 10:00 mai
= directory ? 2026-05-10T10:00/min/assumed 755 ich:users "mai"
drwxr-xr-x 2 ich users 4096  1. Okt 2025 okt
= directory ? 2025-10-01/day/assumed 755 ich:users "okt"
# French ls | list
-rw-r--r-- 1 moi users 13 22 nov.  18:57 novembre.txt
= file 13 2026-11-22T18:57/min/assumed 644 moi:users "novembre.txt"
-rw-r--r-- 1 moi users 13 14 juil. 2025 juillet.txt
= file 13 2025-07-14/day/assumed 644 moi:users "juillet.txt"
-rw-r--r-- 1 moi users 13 3 août 2025 aout.txt
= file 13 2025-08-03/day/assumed 644 moi:users "aout.txt"
-rw-r--r-- 1 moi users 13 déc 24 2025 noel.txt
= file 13 2025-12-24/day/assumed 644 moi:users "noel.txt"
-rw-r--r-- 1 moi users 13 1 févr. 10:00 fevrier.txt
= file 13 2026-02-01T10:00/min/assumed 644 moi:users "fevrier.txt"
# Spanish, Italian, Portuguese ls | list
-rw-r--r-- 1 yo users 13 ene  6  2025 reyes.txt
= file 13 2025-01-06/day/assumed 644 yo:users "reyes.txt"
-rw-r--r-- 1 yo users 13 dic 24 2025 navidad.txt
= file 13 2025-12-24/day/assumed 644 yo:users "navidad.txt"
-rw-r--r-- 1 io users 13 1 gen 2025 gennaio.txt
= file 13 2025-01-01/day/assumed 644 io:users "gennaio.txt"
-rw-r--r-- 1 io users 13 15 ago 2025 ferragosto.txt
= file 13 2025-08-15/day/assumed 644 io:users "ferragosto.txt"
-rw-r--r-- 1 eu users 13 set  7  2025 setembro.txt
= file 13 2025-09-07/day/assumed 644 eu:users "setembro.txt"
-rw-r--r-- 1 eu users 13 out 12 10:30 outubro.txt
= file 13 2026-10-12T10:30/min/assumed 644 eu:users "outubro.txt"
# Nordic, Dutch, Polish, Czech, Turkish ls | list
-rw-r--r-- 1 jeg users 13 17. mai 2025 mai.txt
= file 13 2025-05-17/day/assumed 644 jeg:users "mai.txt"
-rw-r--r-- 1 jag users 13 okt  3 10:00 okt.txt
= file 13 2026-10-03T10:00/min/assumed 644 jag:users "okt.txt"
-rw-r--r-- 1 ik users 13 mrt  3 10:00 maart.txt
= file 13 2026-03-03T10:00/min/assumed 644 ik:users "maart.txt"
-rw-r--r-- 1 ja users 13 paź  3 2025 pazdziernik.txt
= file 13 2025-10-03/day/assumed 644 ja:users "pazdziernik.txt"
-rw-r--r-- 1 my users 13 3. říj 2025 rijen.txt
= file 13 2025-10-03/day/assumed 644 my:users "rijen.txt"
-rw-r--r-- 1 ben users 13 Ağu  3 2025 agustos.txt
= file 13 2025-08-03/day/assumed 644 ben:users "agustos.txt"
# Russian ls | list
итого 8
= nothing
-rw-r--r-- 1 ya users 13 ноя 22 18:57 привет.txt
= file 13 2026-11-22T18:57/min/assumed 644 ya:users "привет.txt"
drwxr-xr-x 2 ya users 4096 мая  9  2025 день победы
= directory ? 2025-05-09/day/assumed 755 ya:users "день победы"
# Japanese, Chinese, Korean ls | list
合計 8
= nothing
-rw-r--r-- 1 me users 13 11月 22 18:57 日本語.txt
= file 13 2026-11-22T18:57/min/assumed 644 me:users "日本語.txt"
drwxr-xr-x 2 me users 4096  3月  3  2025 雛祭り
= directory ? 2025-03-03/day/assumed 755 me:users "雛祭り"
-rw-r--r-- 1 me users 13  1月 5日 2024年 年.txt
= file 13 2024-01-05/day/assumed 644 me:users "年.txt"
-rw-r--r-- 1 me users 13 11월 22 18:57 한국어.txt
= file 13 2026-11-22T18:57/min/assumed 644 me:users "한국어.txt"
-rw-r--r-- 1 me users 13 2026-11-22 18:57 中文.txt
= file 13 2026-11-22T18:57/min/assumed 644 me:users "中文.txt"
# Squid and web gateways | list
-rw-rw-r-- 1 ftp ftp 5242880 Nov 22 18:57 5%20MB.bin
= file 5242880 2026-11-22T18:57/min/assumed 664 ftp:ftp "5%20MB.bin"
drwxr-xr-x 2 ftp ftp 4096 Nov 22 18:57 ~user
= directory ? 2026-11-22T18:57/min/assumed 755 ftp:ftp "~user"
# Akamai NetStorage | list
-rw-r--r--   1 (empty)  (empty)   4096 Nov 22 18:57 index.html
= file 4096 2026-11-22T18:57/min/assumed 644 (empty):(empty) "index.html"
drwxr-xr-x   1 None     None         0 Nov 22 18:57 12345
= directory ? 2026-11-22T18:57/min/assumed 755 None:None "12345"
# hostile | list
-rw-r--r-- 1 a b 1 Nov 22 18:57 ../../etc/passwd
= unreadable: the name holds a slash
-rw-r--r-- 1 a b 1 Nov 22 18:57 /etc/passwd
= unreadable: the name holds a slash
-rw-r--r-- 1 a b 1 Nov 22 18:57 ..\..\boot.ini
= unreadable: the name holds a backslash path that leads out
drwxr-xr-x 1 a b 1 Nov 22 18:57 ../
= nothing
-rw-r--r-- 1 a b 1 Nov 22 18:57 C:\boot.ini
= unreadable: the name is an absolute path with a drive letter
lrwxrwxrwx 1 a b 11 Nov 22 18:57 up -> ../../../..
= link ? 2026-11-22T18:57/min/assumed 777 a:b "up" => "../../../.."
-rw-r--r-- 1 a b 99999999999999999999999999 Nov 22 18:57 size
= file ? 2026-11-22T18:57/min/assumed 644 a:b "size"
-rw-r--r-- 1 a b -1 Nov 22 18:57 negative
= file ? 2026-11-22T18:57/min/assumed 644 a:b "negative"
-rw-r--r-- 1 a b 1 Feb 30 10:00 no such day
= file 1 ? 644 a:b "no such day"
-rw-r--r-- 1 a b 1 Nov 22 25:61 no such hour
= file 1 ? 644 a:b "no such hour"
-rw-r--r-- 1 a b 1 Xyz 22 18:57 no such month
= file 1 ? 644 a:b "no such month"
-rw-r--r-- 1 a b 1 Nov 22 18:57 
= unreadable: the line is in no format that is known
-rw-r--r-- 1 a b 1 Nov 22 18:57
= unreadable: the line is in no format that is known
<html><body>403 Forbidden</body></html>
= unreadable: the line is in no format that is known
# hostile | mlsd
type=file;size=1;modify=20261122185751; ../up
= unreadable: the name holds a slash
type=file;size=1;modify=20261122185751; /abs
= unreadable: the name holds a slash
type=dir;modify=20261122185751; ..
= nothing
type=file;size=-5;modify=20261322185751; odd values
= file ? ? ? ? "odd values"
type=constructor;size=1; proto
= other 1 ? ? ? "proto"
__proto__=1;type=file; proto2
= file ? ? ? ? "proto2"
type=;size=; empty values
= unreadable: the server does not say whether it is a file or a directory
;;;; only semicolons
= unreadable: the server does not say whether it is a file or a directory
 no facts at all
= unreadable: the server does not say whether it is a file or a directory
  no facts, leading blank
= unreadable: the server does not say whether it is a file or a directory
type=file;size=3 no final semicolon
= file 3 ? ? ? "no final semicolon"
type=OS.unix=slink:/with blank/x;size=3; target with blank
= link ? ? ? ? "target with blank" => "/with blank/x"
type=OS.unix=slink:../t;size=3; target
= link ? ? ? ? "target" => "../t"
type=OS.unix=chr-1/3;size=0; null
= other 0 ? ? ? "null"
type=OS.unix=blk-8/0; sda
= other ? ? ? ? "sda"
noblank
= unreadable: the line is in no format that is known
type=file;size=1; 
= unreadable: the name is empty
not facts at all
= unreadable: the line is in no format that is known
x.dos.attr=A;media-type=text/plain;charset=utf-8;lang=en;type=file;size=7; unknown facts
= file 7 ? ? ? "unknown facts"
type=file;modify=20240229000000;size=1; leap day
= file 1 2024-02-29/s/utc ? ? "leap day"
type=file;modify=20230229000000;size=1; no leap day
= file 1 ? ? ? "no leap day"
# Microsoft and Azure | mlsd
type=file;size=7;modify=20261122185751;win32.ea=0x00000020; azure.txt
= file 7 2026-11-22T18:57:51.000/s/utc ? ? "azure.txt"
type=dir;modify=20261122185751;win32.ea=0x00000010; wwwroot
= directory ? 2026-11-22T18:57:51.000/s/utc ? ? "wwwroot"
# bftpd | list
-rw-r--r-- 1 lab      lab               13 Nov 22 18:57 hello.txt
= file 13 2026-11-22T18:57/min/assumed 644 lab:lab "hello.txt"
drwxr-xr-x 2 lab      lab             4096 Nov 22 18:57 pub
= directory ? 2026-11-22T18:57/min/assumed 755 lab:lab "pub"
# glFTPd | list
total 12
= nothing
drwxrwxrwx   4 glftpd   glftpd       4096 Nov 22 18:57 [NUKED]-x
= directory ? 2026-11-22T18:57/min/assumed 777 glftpd:glftpd "[NUKED]-x"
-rw-r--r--   1 user     NoGroup  15000000 Nov 22 18:57 file.r00
= file 15000000 2026-11-22T18:57/min/assumed 644 user:NoGroup "file.r00"
-rw-r--r--   1 user     NoGroup         0 Nov 22 18:57 [ 50% of 4 ]-(complete)
= file 0 2026-11-22T18:57/min/assumed 644 user:NoGroup "[ 50% of 4 ]-(complete)"
# RaidenFTPD and BulletProof | list
drwxrwxrwx   2 ftp      ftp          0 Nov 22 18:57 MUSIC
= directory ? 2026-11-22T18:57/min/assumed 777 ftp:ftp "MUSIC"
-rwxrwxrwx   1 ftp      ftp    5033164 Nov 22 18:57 01 - Ünïcödé ♥.mp3
= file 5033164 2026-11-22T18:57/min/assumed 777 ftp:ftp "01 - Ünïcödé ♥.mp3"
# Android and phone servers | list
drwxrwxrwx 1 nobody nobody 0 Nov 22 18:57 DCIM
= directory ? 2026-11-22T18:57/min/assumed 777 nobody:nobody "DCIM"
-rw-rw-rw- 1 nobody nobody 2345678 Nov 22 18:57 IMG_20261122_185700.jpg
= file 2345678 2026-11-22T18:57/min/assumed 666 nobody:nobody "IMG_20261122_185700.jpg"
-rw-r--r-- 1 owner group 12 Nov 22 18:57 Nov 22 18:57 note.txt
= file 12 2026-11-22T18:57/min/assumed 644 owner:group "Nov 22 18:57 note.txt"
# J2EE and MFT gateways | list
-rwxr-xr-x   1 B2BUser  B2BGroup      1024 Nov 22 18:57 EDI_850_0001.x12
= file 1024 2026-11-22T18:57/min/assumed 755 B2BUser:B2BGroup "EDI_850_0001.x12"
-rwxr-xr-x   1 -        -             2048 Nov 22 18:57 EDI 997;1.txt
= file 2048 2026-11-22T18:57/min/assumed 755 -:- "EDI 997;1.txt"
dr-xr-xr-x   1 0        0                0 Nov 22 18:57 Outbox
= directory ? 2026-11-22T18:57/min/assumed 555 0:0 "Outbox"
# MOVEit and GlobalSCAPE | list
drwxrwxrwx    1 user     group           0 Nov 22 18:57 Home
= directory ? 2026-11-22T18:57/min/assumed 777 user:group "Home"
-rw-rw-rw-    1 user     group      123456 Nov 22 18:57 invoice 2026-11.csv
= file 123456 2026-11-22T18:57/min/assumed 666 user:group "invoice 2026-11.csv"
# AWS Transfer and S3 gateways | list
drwxr--r--   1 - -          0 Jan  1  1970 prefix
= directory ? 1970-01-01/day/assumed 744 -:- "prefix"
-rwxr--r--   1 - -       5120 Nov 22 18:57 object=1&x.bin
= file 5120 2026-11-22T18:57/min/assumed 744 -:- "object=1&x.bin"
# z/VM and IBM i in Unix mode | list
drwxrwsrwx    3 QSYS         0             8192 Nov 22 18:57 QIBM
= directory ? 2026-11-22T18:57/min/assumed 2777 QSYS:0 "QIBM"
-rw-rw-rw-    1 QPGMR        0               42 Nov 22 18:57 payroll.mbr
= file 42 2026-11-22T18:57/min/assumed 666 QPGMR:0 "payroll.mbr"
# dates around the year | list
-rw-r--r-- 1 a b 1 Nov 25 12:00 now
= file 1 2026-11-25T12:00/min/assumed 644 a:b "now"
-rw-r--r-- 1 a b 1 Nov 26 14:00 26 hours ahead
= file 1 2026-11-26T14:00/min/assumed 644 a:b "26 hours ahead"
-rw-r--r-- 1 a b 1 Nov 26 14:01 more than that
= file 1 2025-11-26T14:01/min/assumed 644 a:b "more than that"
-rw-r--r-- 1 a b 1 Jan  1 00:00 new year
= file 1 2026-01-01/min/assumed 644 a:b "new year"
-rw-r--r-- 1 a b 1 Feb 29 08:00 leap day
= file 1 2024-02-29T08:00/min/assumed 644 a:b "leap day"
-rw-r--r-- 1 a b 1 Feb 29  2023 no leap day
= file 1 ? 644 a:b "no leap day"
-rw-r--r-- 1 a b 1 Feb 28  2100 far
= file 1 2100-02-28/day/assumed 644 a:b "far"
# awkward names | list
-rw-r--r-- 1 a b 1 Nov 22 18:57 -rw-r--r--
= file 1 2026-11-22T18:57/min/assumed 644 a:b "-rw-r--r--"
-rw-r--r-- 1 a b 1 Nov 22 18:57 *
= file 1 2026-11-22T18:57/min/assumed 644 a:b "*"
-rw-r--r-- 1 a b 1 Nov 22 18:57 'quoted'
= file 1 2026-11-22T18:57/min/assumed 644 a:b "'quoted'"
-rw-r--r-- 1 a b 1 Nov 22 18:57 "double"
= file 1 2026-11-22T18:57/min/assumed 644 a:b ""double""
-rw-r--r-- 1 a b 1 Nov 22 18:57 #1
= file 1 2026-11-22T18:57/min/assumed 644 a:b "#1"
-rw-r--r-- 1 a b 1 Nov 22 18:57 a\b
= file 1 2026-11-22T18:57/min/assumed 644 a:b "a\b"
-rw-r--r-- 1 a b 1 Nov 22 18:57 tab	inside
= file 1 2026-11-22T18:57/min/assumed 644 a:b "tab	inside"
-rw-r--r-- 1 a b 1 Nov 22 18:57    three blanks
= file 1 2026-11-22T18:57/min/assumed 644 a:b "   three blanks"
-rw-r--r-- 1 a b 1 Nov 22 18:57 ...
= file 1 2026-11-22T18:57/min/assumed 644 a:b "..."
-rw-r--r-- 1 a b 1 Nov 22 18:57 …
= file 1 2026-11-22T18:57/min/assumed 644 a:b "…"
-rw-r--r-- 1 a b 1 Nov 22 18:57 é decomposed
= file 1 2026-11-22T18:57/min/assumed 644 a:b "é decomposed"
-rw-r--r-- 1 a b 1 Nov 22 18:57 %2e%2e
= file 1 2026-11-22T18:57/min/assumed 644 a:b "%2e%2e"
-rw-r--r-- 1 a b 1 Nov 22 18:57 total 12
= file 1 2026-11-22T18:57/min/assumed 644 a:b "total 12"
-rw-r--r-- 1 a b 1 Nov 22 18:57 <DIR>
= file 1 2026-11-22T18:57/min/assumed 644 a:b "<DIR>"
lrwxrwxrwx 1 a b 1 Nov 22 18:57 no target
= link ? 2026-11-22T18:57/min/assumed 777 a:b "no target"
lrwxrwxrwx 1 a b 1 Nov 22 18:57 empty target -> 
= link ? 2026-11-22T18:57/min/assumed 777 a:b "empty target" => ""
# NetPresenz for Macintosh | list
-------r--         326  1391972  1392298 Nov 22  1995 MegaPhone.sit
= file 1392298 1995-11-22/day/assumed 4 ? "MegaPhone.sit"
drwxrwxr-x               folder        2 May 10  1996 network
= directory ? 1996-05-10/day/assumed 775 folder:? "network"
# Microsoft FTP, no permissions | list
----------   1 owner    group         1803128 Jul 10 10:18 ls-lR.Z
= file 1803128 2026-07-10T10:18/min/assumed 0 owner:group "ls-lR.Z"
d---------   1 owner    group               0 May  9 19:45 Softlib
= directory ? 2026-05-09T19:45/min/assumed 0 owner:group "Softlib"
# ftp4j and toy servers | list
-rw-r--r-- 1 nobody nobody 1024 Nov 22, 18:57 comma.txt
= file 1024 2026-11-22T18:57/min/assumed 644 nobody:nobody "comma.txt"
drwxr-xr-x 1 nobody nobody 0 Nov 22 18.57 dot.clock
= directory ? 2026-11-22T18:57/min/assumed 755 nobody:nobody "dot.clock"
# Windows, 24 hours | list
11-22-26  18:57                   13 no half.txt
= file 13 2026-11-22T18:57/min/assumed ? ? "no half.txt"
11-22-26  18:57:59                13 seconds.txt
= file 13 2026-11-22T18:57:59.000/s/assumed ? ? "seconds.txt"
11/22/26  6:57p         <DIR>        one letter half
= directory ? 2026-11-22T18:57/min/assumed ? ? "one letter half"
# OpenVMS, not understood | list
CIIDATA.DIR;1              1/3          22-NOV-2026 18:57:50 [SYSTEM] (RWED,RWED,RE,)
= unreadable: the line is in no format that is known
Total of 1 file, 1/3 blocks.
= unreadable: the line is in no format that is known
# z/OS, not understood | list
Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname
= unreadable: the line is in no format that is known
APCSPL 3380    2026/11/22  1   15  FB      80  6160  PS  DATASET.ONE
= unreadable: the line is in no format that is known
# half a listing | list
-rw-r--r-- 1 a b 1 Nov 22 18:57 whole.txt
= file 1 2026-11-22T18:57/min/assumed 644 a:b "whole.txt"
-rw-r--r-- 1 a b 
= unreadable: the line is in no format that is known
drwxr
= unreadable: the line is in no format that is known
`
