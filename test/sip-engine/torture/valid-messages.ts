import { bytesOf, sdp, type TortureMessage } from './torture-message.ts';

/** What every field of a message is; texts as they stand on the wire, UTF-8. */
export interface Reading {
  /** `METHOD uri` or `status reason`. */
  readonly start: string;
  /** `transport host[:port] branch`, topmost first. */
  readonly via: readonly string[];
  readonly from: readonly [display: string, uri: string, tag: string];
  readonly to: readonly [display: string, uri: string, tag: string];
  readonly callId: string;
  readonly cseq: string;
  readonly contact: readonly string[];
  /** Other headers by id, each line. */
  readonly other: Readonly<Record<string, readonly string[]>>;
  readonly body: number;
  /** What a running engine answers: the application's own answer (200, to INVITE 486), or why it never sees it. */
  readonly answer: number | 'dropped';
}

const long = (times: number, what = 'long'): string => what.repeat(times);
const CALLER = long(5, 'amazinglylongcallername');
const WILD = "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*";
const METHOD = "!interesting-Method0123456789_*+`.%indeed'~";
const LONG_VIAS = Array.from({ length: 33 }, (_, index) => `sip${33 - index}.example.com`);
const VIA_NAMES = [
  'Via:',
  'v:',
  'V:',
  'Via:',
  'ViA:',
  'VIa:',
  'VIA:',
  'via:',
  'viA:',
  'vIa:',
  'vIA:',
  'V :',
  'v :',
  'V  :',
  'v  :',
  'Via :',
  'Via  :',
];
const OCTETS = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
const PART = '7a9cbec02ceef655';
const MULTIPART = Buffer.concat([
  bytesOf(`--${PART}\nContent-Type: text/plain\nContent-Transfer-Encoding: binary`, `Hello\n--${PART}\n`),
  bytesOf('Content-Type: application/octet-stream\nContent-Transfer-Encoding: binary'),
  OCTETS,
  Buffer.from(`\r\n--${PART}--\r\n`),
]);

/** RFC 4475 §3.1.1, the messages every element has to take, with RFC 4475's own names. */
export const validMessages: readonly (TortureMessage & { readonly reads: Reading })[] = [
  {
    name: 'wsinv',
    clause: '§3.1.1.1',
    bytes: bytesOf(
      `INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : {length}
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33`,
      sdp('192.0.2.3', '192.0.2.4'),
    ),
    reads: {
      start: 'INVITE sip:vivekg@chair-dnrc.example.com;unknownparam',
      via: ['UDP 192.0.2.2 390skdjuw', 'TCP spindle.example.com z9hG4bK9ikj8', 'UDP 192.168.255.111 z9hG4bK30239'],
      from: ['"J Rosenberg \\\\\\""', 'sip:jdrosen@example.com', '98asjd8'],
      to: ['', 'sip:vivekg@chair-dnrc.example.com', '1918181833n'],
      callId: 'wsinv.ndaksdj@192.0.2.1',
      cseq: '9 INVITE',
      contact: ['"Quoted string \\"\\"" <sip:jdrosen@example.com>;newparam=newvalue;secondparam;q=0.33'],
      other: {
        'max-forwards': ['0068'],
        subject: [''],
        newfangledheader: ['newfangled value continued newfangled value'],
        unknownheaderwithunusualvalue: [';;,,;;,;'],
        'content-type': ['application/sdp'],
        route: ['<sip:services.example.com;lr;unknownwith=value;unknown-no-value>'],
      },
      body: 150,
      // Its To tag is of no dialog of ours.
      answer: 481,
    },
  },
  {
    name: 'intmeth',
    clause: '§3.1.1.2',
    bytes: bytesOf(
      `${METHOD} sip:${WILD}:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0
Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+\`'~
To: "BEL:\\{x:07} NUL:\\{x:00} DEL:\\{x:7F}" <sip:${WILD}@example.com>
From: token1~\` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="работающий";tag=_token~1'+\`*%!-.
Call-ID: intmeth.word%ZK-!.*_+'@word\`~)(><:\\/"][?}{x:7B}
CSeq: 139122385 ${METHOD}
Max-Forwards: 255
extensionHeader-!.%*+_\`'~:{x:EFBBBF}大停電
Content-Length: 0`,
    ),
    reads: {
      start: `${METHOD} sip:${WILD}:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com`,
      via: ["TCP host1.example.com z9hG4bK-.!%66*_+`'~"],
      from: ["token1~` token2'+_ token3*%!.-", 'sip:mundane@example.com', "_token~1'+`*%!-."],
      to: ['"BEL:\\\u0007 NUL:\\\u0000 DEL:\\\u007f"', `sip:${WILD}@example.com`, ''],
      callId: 'intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{',
      cseq: `139122385 ${METHOD}`,
      contact: [],
      other: { 'max-forwards': ['255'], "extensionheader-!.%*+_`'~": ['\ufeff大停電'] },
      body: 0,
      answer: 501,
    },
  },
  {
    name: 'esc01',
    clause: '§3.1.1.3',
    bytes: bytesOf(
      `INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0
To: sip:%75se%72@example.com
From: <sip:I%20have%20spaces@example.net>;tag=938
Max-Forwards: 87
i: esc01.239409asdfakjkn23onasd0-3234
CSeq: 234234 INVITE
Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw
C: application/sdp
Contact:
  <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>
Content-Length: {length}`,
      sdp('192.0.2.1'),
    ),
    reads: {
      start: 'INVITE sip:sips%3Auser%40example.com@example.net',
      via: ['UDP host5.example.net z9hG4bKkdjuw'],
      from: ['', 'sip:I%20have%20spaces@example.net', '938'],
      to: ['', 'sip:%75se%72@example.com', ''],
      callId: 'esc01.239409asdfakjkn23onasd0-3234',
      cseq: '234234 INVITE',
      contact: ['<sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>'],
      other: { 'content-type': ['application/sdp'] },
      body: 150,
      answer: 486,
    },
  },
  {
    name: 'escnull',
    clause: '§3.1.1.4',
    bytes: bytesOf(
      `REGISTER sip:example.com SIP/2.0
To: sip:null-%00-null@example.com
From: sip:null-%00-null@example.com;tag=839923423
Max-Forwards: 70
Call-ID: escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd
CSeq: 14398234 REGISTER
Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bKkdjuw
Contact: <sip:%00@host5.example.com>
Contact: <sip:%00%00@host5.example.com>
L:0`,
    ),
    reads: {
      start: 'REGISTER sip:example.com',
      via: ['UDP host5.example.com z9hG4bKkdjuw'],
      from: ['', 'sip:null-%00-null@example.com', '839923423'],
      to: ['', 'sip:null-%00-null@example.com', ''],
      callId: 'escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd',
      cseq: '14398234 REGISTER',
      contact: ['<sip:%00@host5.example.com>', '<sip:%00%00@host5.example.com>'],
      other: { 'content-length': ['0'] },
      body: 0,
      answer: 200,
    },
  },
  {
    name: 'esc02',
    clause: '§3.1.1.5',
    bytes: bytesOf(
      `RE%47IST%45R sip:registrar.example.com SIP/2.0
To: "%Z%45" <sip:resource@example.com>
From: "%Z%45" <sip:resource@example.com>;tag=f232jadfj23
Call-ID: esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf
Via: SIP/2.0/TCP host.example.com;branch=z9hG4bK209%fzsnel234
CSeq: 29344 RE%47IST%45R
Max-Forwards: 70
Contact: <sip:alias1@host1.example.com>
C%6Fntact: <sip:alias2@host2.example.com>
Contact: <sip:alias3@host3.example.com>
l: 0`,
    ),
    reads: {
      start: 'RE%47IST%45R sip:registrar.example.com',
      via: ['TCP host.example.com z9hG4bK209%fzsnel234'],
      from: ['"%Z%45"', 'sip:resource@example.com', 'f232jadfj23'],
      to: ['"%Z%45"', 'sip:resource@example.com', ''],
      callId: 'esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf',
      cseq: '29344 RE%47IST%45R',
      // The header in the middle is none: names know no escapes.
      contact: ['<sip:alias1@host1.example.com>', '<sip:alias3@host3.example.com>'],
      other: { 'c%6fntact': ['<sip:alias2@host2.example.com>'] },
      body: 0,
      answer: 501,
    },
  },
  {
    name: 'lwsdisp',
    clause: '§3.1.1.6',
    bytes: bytesOf(
      `OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: caller<sip:caller@example.com>;tag=323
Max-Forwards: 70
Call-ID: lwsdisp.1234abcd@funky.example.com
CSeq: 60 OPTIONS
Via: SIP/2.0/UDP funky.example.com;branch=z9hG4bKkdjuw
l: 0`,
    ),
    reads: {
      start: 'OPTIONS sip:user@example.com',
      via: ['UDP funky.example.com z9hG4bKkdjuw'],
      from: ['caller', 'sip:caller@example.com', '323'],
      to: ['', 'sip:user@example.com', ''],
      callId: 'lwsdisp.1234abcd@funky.example.com',
      cseq: '60 OPTIONS',
      contact: [],
      other: {},
      body: 0,
      answer: 200,
    },
  },
  {
    name: 'longreq',
    clause: '§3.1.1.7',
    bytes: bytesOf(
      `INVITE sip:user@example.com SIP/2.0
To: "I have a user name of {10*extreme} proportion"<sip:user@example.com:6000;unknownparam1=very{20*long}value;longparam{25*name}=shortvalue;very{25*long}ParameterNameWithNoValue>
F: sip:{5*amazinglylongcallername}@example.net;tag=12{50*982}424;unknownheaderparam{20*name}=unknowheaderparam{15*value};unknownValueless{10*paramname}
Call-ID: longreq.one{20*really}longcallid
CSeq: 3882340 INVITE
Unknown-{20*Long}-Name: unknown-{20*long}-value; unknown-{20*long}-parameter-name = unknown-{20*long}-parameter-value
${LONG_VIAS.map((host, index) => `${VIA_NAMES[index] ?? 'Via:'} SIP/2.0/TCP ${host}`).join('\n')}
Via: SIP/2.0/TCP host.example.com;received=192.0.2.5;branch=very{50*long}branchvalue
Max-Forwards: 70
Contact: <sip:{5*amazinglylongcallername}@host5.example.net>
Content-Type: application/sdp
l: {length}`,
      sdp('192.0.2.1'),
    ),
    reads: {
      start: 'INVITE sip:user@example.com',
      via: [...LONG_VIAS.map((host) => `TCP ${host} `), `TCP host.example.com very${long(50)}branchvalue`],
      from: ['', `sip:${CALLER}@example.net`, `12${long(50, '982')}424`],
      to: [
        `"I have a user name of ${long(10, 'extreme')} proportion"`,
        `sip:user@example.com:6000;unknownparam1=very${long(20)}value;longparam${long(25, 'name')}=shortvalue;very${long(25)}ParameterNameWithNoValue`,
        '',
      ],
      callId: `longreq.one${long(20, 'really')}longcallid`,
      cseq: '3882340 INVITE',
      contact: [`<sip:${CALLER}@host5.example.net>`],
      other: {
        [`unknown-${long(20)}-name`]: [
          `unknown-${long(20)}-value; unknown-${long(20)}-parameter-name = unknown-${long(20)}-parameter-value`,
        ],
      },
      body: 150,
      answer: 486,
    },
  },
  {
    name: 'dblreq',
    clause: '§3.1.1.8',
    bytes: Buffer.concat([
      bytesOf(
        `REGISTER sip:example.com SIP/2.0
To: sip:j.user@example.com
From: sip:j.user@example.com;tag=43251j3j324
Max-Forwards: 8
I: dblreq.0ha0isndaksdj99sdfafnl3lk233412
Contact: sip:j.user@host.example.com
CSeq: 8 REGISTER
Via: SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKkdjuw23492
Content-Length: 0`,
      ),
      bytesOf(
        `
INVITE sip:joe@example.com SIP/2.0
t: sip:joe@example.com
From: sip:caller@example.net;tag=141334
Max-Forwards: 8
Call-ID: dblreq.0ha0isnda977644900765@192.0.2.15
CSeq: 8 INVITE
Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw380234
Content-Type: application/sdp
Content-Length: {length}`,
        sdp('192.0.2.15'),
      ),
    ]),
    reads: {
      start: 'REGISTER sip:example.com',
      via: ['UDP 192.0.2.125 z9hG4bKkdjuw23492'],
      from: ['', 'sip:j.user@example.com', '43251j3j324'],
      to: ['', 'sip:j.user@example.com', ''],
      callId: 'dblreq.0ha0isndaksdj99sdfafnl3lk233412',
      cseq: '8 REGISTER',
      contact: ['<sip:j.user@host.example.com>'],
      other: { 'max-forwards': ['8'] },
      body: 0,
      answer: 200,
    },
  },
  {
    name: 'semiuri',
    clause: '§3.1.1.9',
    bytes: bytesOf(
      `OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0
To: sip:j_user@example.com
From: sip:caller@example.org;tag=33242
Max-Forwards: 3
Call-ID: semiuri.0ha0isndaksdj
CSeq: 8 OPTIONS
Accept: application/sdp, application/pkcs7-mime,
        multipart/mixed, multipart/signed,
        message/sip, message/sipfrag
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw
l: 0`,
    ),
    reads: {
      start: 'OPTIONS sip:user;par=u%40example.net@example.com',
      via: ['UDP 192.0.2.1 z9hG4bKkdjuw'],
      from: ['', 'sip:caller@example.org', '33242'],
      to: ['', 'sip:j_user@example.com', ''],
      callId: 'semiuri.0ha0isndaksdj',
      cseq: '8 OPTIONS',
      contact: [],
      other: { accept: ['application/sdp, application/pkcs7-mime, multipart/mixed, multipart/signed, message/sip, message/sipfrag'] },
      body: 0,
      answer: 200,
    },
  },
  {
    name: 'transports',
    clause: '§3.1.1.10',
    bytes: bytesOf(
      `OPTIONS sip:user@example.com SIP/2.0
To: sip:user@example.com
From: <sip:caller@example.com>;tag=323
Max-Forwards: 70
Call-ID:  transports.kijh4akdnaqjkwendsasfdj
Accept: application/sdp
CSeq: 60 OPTIONS
Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw
Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf
Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj
Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en
Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee
l: 0`,
    ),
    reads: {
      start: 'OPTIONS sip:user@example.com',
      via: [
        'UDP t1.example.com z9hG4bKkdjuw',
        'SCTP t2.example.com z9hG4bKklasjdhf',
        'TLS t3.example.com z9hG4bK2980unddj',
        'UNKNOWN t4.example.com z9hG4bKasd0f3en',
        'TCP t5.example.com z9hG4bK0a9idfnee',
      ],
      from: ['', 'sip:caller@example.com', '323'],
      to: ['', 'sip:user@example.com', ''],
      callId: 'transports.kijh4akdnaqjkwendsasfdj',
      cseq: '60 OPTIONS',
      contact: [],
      other: { accept: ['application/sdp'] },
      body: 0,
      answer: 200,
    },
  },
  {
    name: 'mpart01',
    clause: '§3.1.1.11',
    bytes: bytesOf(
      `MESSAGE sip:kumiko@example.org SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-;rport
Max-Forwards: 70
Route: <sip:127.0.0.1:5080>
Identity: r5mwreLuyDRYBi/0TiPwEsY3rEVsk/G2WxhgTV1PF7hHuLIK0YWVKZhKv9Mj8UeXqkMVbnVq37CD+813gvYjcBUaZngQmXc9WNZSDNGCzA+fWl9MEUHWIZo1CeJebdY/XlgKeTa0Olvq0rt70Q5jiSfbqMJmQFteeivUhkMWYUA=
Contact: <sip:fluffy@127.0.0.1:5070>
To: <sip:kumiko@example.org>
From: <sip:fluffy@example.com>;tag=2fb0dcc9
Call-ID: 3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..
CSeq: 1 MESSAGE
Content-Transfer-Encoding: binary
Content-Type: multipart/mixed;boundary=${PART}
Date: Sat, 15 Oct 2005 04:44:56 GMT
User-Agent: SIPimp.org/0.2.5 (curses)
Content-Length: {length}`,
      // In place of the RFC's signature: every octet there is.
      MULTIPART,
    ),
    reads: {
      start: 'MESSAGE sip:kumiko@example.org',
      via: ['UDP 127.0.0.1:5070 z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-'],
      from: ['', 'sip:fluffy@example.com', '2fb0dcc9'],
      to: ['', 'sip:kumiko@example.org', ''],
      callId: '3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..',
      cseq: '1 MESSAGE',
      contact: ['<sip:fluffy@127.0.0.1:5070>'],
      other: {
        'content-type': [`multipart/mixed;boundary=${PART}`],
        date: ['Sat, 15 Oct 2005 04:44:56 GMT'],
        route: ['<sip:127.0.0.1:5080>'],
      },
      body: MULTIPART.length,
      answer: 200,
    },
  },
  {
    name: 'unreason',
    clause: '§3.1.1.12',
    bytes: bytesOf(
      `SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое
Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
Call-ID: unreason.1234ksdfak3j2erwedfsASdf
CSeq: 35 INVITE
From: sip:user@example.com;tag=11141343
To: sip:user@example.edu;tag=2229
Content-Length: {length}
Content-Type: application/sdp
Contact: <sip:user@host198.example.com>`,
      sdp('192.0.2.198'),
    ),
    reads: {
      start: '200 = 2**3 * 5**2 но сто девяносто девять - простое',
      via: ['UDP 192.0.2.198 z9hG4bK1324923'],
      from: ['', 'sip:user@example.com', '11141343'],
      to: ['', 'sip:user@example.edu', '2229'],
      callId: 'unreason.1234ksdfak3j2erwedfsASdf',
      cseq: '35 INVITE',
      contact: ['<sip:user@host198.example.com>'],
      other: { 'content-type': ['application/sdp'] },
      body: 154,
      answer: 'dropped',
    },
  },
  {
    name: 'noreason',
    clause: '§3.1.1.13',
    bytes: bytesOf(
      `SIP/2.0 100{x:20}
Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe
Call-ID: noreason.asndj203insdf99223ndf
CSeq: 35 INVITE
From: <sip:user@example.com>;tag=39ansfi3
To: <sip:user@example.edu>;tag=902jndnke3
Content-Length: 0
Contact: <sip:user@host105.example.com>`,
    ),
    reads: {
      start: '100 ',
      via: ['UDP 192.0.2.105 z9hG4bK2398ndaoe'],
      from: ['', 'sip:user@example.com', '39ansfi3'],
      to: ['', 'sip:user@example.edu', '902jndnke3'],
      callId: 'noreason.asndj203insdf99223ndf',
      cseq: '35 INVITE',
      contact: ['<sip:user@host105.example.com>'],
      other: { 'content-length': ['0'] },
      body: 0,
      answer: 'dropped',
    },
  },
];
