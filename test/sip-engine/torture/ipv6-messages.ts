import { bytesOf, type TortureMessage } from './torture-message.ts';

/** What RFC 5118 says of one of its messages. */
export interface Ipv6Verdict {
  /** What a running engine answers; 200 and 486 are the application's, 481 means it was read and is of no dialog. */
  readonly answer: number;
  /** Host and port of the Request-URI, and of each Via. */
  readonly uri: readonly [host: string, port: number | undefined] | undefined;
  readonly via: readonly (readonly [host: string, port: number | undefined])[];
  readonly received?: string;
  readonly contact?: string;
  readonly body?: string;
}

const register = (uri: string): Buffer =>
  bytesOf(
    `REGISTER ${uri} SIP/2.0
To: sip:user@example.com
From: sip:user@example.com;tag=81x2
Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111
Call-ID: SSG9559905523997077@hlau_4100
Max-Forwards: 70
Contact: "Caller" <sip:caller@[2001:db8::1]>
CSeq: 98176 REGISTER
Content-Length: 0`,
  );

const options = (host: string): Buffer =>
  bytesOf(
    `OPTIONS sip:user@${host} SIP/2.0
To: sip:user@${host}
From: sip:user@example.com;tag=810x2
Via: SIP/2.0/UDP lab1.east.example.com;branch=z9hG4bKas3-111
Call-ID: G9559905523997077@hlau_4100
CSeq: 689 OPTIONS
Max-Forwards: 70
Content-Length: 0`,
  );

const HERE: Ipv6Verdict['via'] = [['[2001:db8::9:1]', undefined]];
const CALLER = 'sip:caller@[2001:db8::1]';

/** RFC 5118 §4. */
export const ipv6Messages: readonly (TortureMessage & Ipv6Verdict)[] = [
  {
    name: 'ipv6-good',
    clause: '§4.1',
    bytes: register('sip:[2001:db8::10]'),
    answer: 200,
    uri: ['[2001:db8::10]', undefined],
    via: HERE,
    contact: CALLER,
  },
  // Without brackets nobody can tell where the address ends.
  { name: 'ipv6-bad', clause: '§4.2', bytes: register('sip:2001:db8::10'), answer: 400, uri: undefined, via: HERE },
  // The sender may have meant a port; what stands there is an address.
  {
    name: 'port-ambiguous',
    clause: '§4.3',
    bytes: register('sip:[2001:db8::10:5070]'),
    answer: 200,
    uri: ['[2001:db8::10:5070]', undefined],
    via: HERE,
  },
  {
    name: 'port-unambiguous',
    clause: '§4.4',
    bytes: register('sip:[2001:db8::10]:5070'),
    answer: 200,
    uri: ['[2001:db8::10]', 5070],
    via: HERE,
  },
  {
    name: 'via-received-param-with-delim',
    clause: '§4.5',
    bytes: bytesOf(
      `BYE sip:[2001:db8::10] SIP/2.0
To: sip:user@example.com;tag=bd76ya
From: sip:user@example.com;tag=81x2
Via: SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111
Call-ID: SSG9559905523997077@hlau_4100
Max-Forwards: 70
CSeq: 321 BYE
Content-Length: 0`,
    ),
    answer: 481,
    uri: ['[2001:db8::10]', undefined],
    via: HERE,
    received: '[2001:db8::9:255]',
  },
  {
    name: 'via-received-param-no-delim',
    clause: '§4.5',
    bytes: bytesOf(
      `OPTIONS sip:[2001:db8::10] SIP/2.0
To: sip:user@example.com
From: sip:user@example.com;tag=81x2
Via: SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3
Call-ID: SSG95523997077@hlau_4100
Max-Forwards: 70
Contact: "Caller" <sip:caller@[2001:db8::9:1]>
CSeq: 921 OPTIONS
Content-Length: 0`,
    ),
    answer: 200,
    uri: ['[2001:db8::10]', undefined],
    via: HERE,
    received: '2001:db8::9:255',
    contact: 'sip:caller@[2001:db8::9:1]',
  },
  {
    name: 'ipv6-in-sdp',
    clause: '§4.6',
    bytes: bytesOf(
      `INVITE sip:user@[2001:db8::10] SIP/2.0
To: sip:user@[2001:db8::10]
From: sip:user@example.com;tag=81x2
Via: SIP/2.0/UDP [2001:db8::20];branch=z9hG4bKas3-111
Call-ID: SSG9559905523997077@hlau_4100
Contact: "Caller" <sip:caller@[2001:db8::20]>
CSeq: 8612 INVITE
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: {length}`,
      `v=0
o=assistant 971731711378798081 0 IN IP6 2001:db8::20
s=Live video feed for today's meeting
c=IN IP6 2001:db8::20
t=3338481189 3370017201
m=audio 6000 RTP/AVP 2
a=rtpmap:2 G726-32/8000
m=video 6024 RTP/AVP 107
a=rtpmap:107 H263-1998/90000
`,
    ),
    answer: 486,
    uri: ['[2001:db8::10]', undefined],
    via: [['[2001:db8::20]', undefined]],
    contact: 'sip:caller@[2001:db8::20]',
    body: 'c=IN IP6 2001:db8::20',
  },
  {
    name: 'mult-ip-in-header',
    clause: '§4.7',
    bytes: bytesOf(
      `BYE sip:user@host.example.net SIP/2.0
Via: SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144
Via: SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200
Call-ID: 997077@lau_4100
Max-Forwards: 70
CSeq: 89187 BYE
To: sip:user@example.net;tag=9817--94
From: sip:user@example.com;tag=81x2
Content-Length: 0`,
    ),
    answer: 481,
    uri: ['host.example.net', undefined],
    via: [
      ['[2001:db8::9:1]', 6050],
      ['192.0.2.1', undefined],
      ['[2001:db8::9:255]', undefined],
    ],
  },
  {
    name: 'mult-ip-in-sdp',
    clause: '§4.8',
    bytes: bytesOf(
      `INVITE sip:user@[2001:db8::10] SIP/2.0
To: sip:user@[2001:db8::10]
From: sip:user@example.com;tag=81x2
Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111
Call-ID: SSG9559905523997077@hlau_4100
Contact: "Caller" <sip:caller@[2001:db8::9:1]>
Max-Forwards: 70
CSeq: 8912 INVITE
Content-Type: application/sdp
Content-Length: {length}`,
      `v=0
o=bob 280744730 28977631 IN IP4 host.example.com
s=
t=0 0
m=audio 22334 RTP/AVP 0
c=IN IP4 192.0.2.1
m=video 6024 RTP/AVP 107
c=IN IP6 2001:db8::1
a=rtpmap:107 H263-1998/90000
`,
    ),
    answer: 486,
    uri: ['[2001:db8::10]', undefined],
    via: HERE,
    contact: 'sip:caller@[2001:db8::9:1]',
    body: 'c=IN IP4 192.0.2.1',
  },
  {
    name: 'ipv4-mapped-ipv6',
    clause: '§4.9',
    bytes: bytesOf(
      `INVITE sip:user@example.com SIP/2.0
To: sip:user@example.com
From: sip:user@east.example.com;tag=81x2
Via: SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19
Via: SIP/2.0/UDP [::ffff:192.0.2.2];branch=z9hG4bKas3-111
Call-ID: SSG9559905523997077@hlau_4100
Contact: "T. desk phone" <sip:ted@[::ffff:192.0.2.2]>
CSeq: 612 INVITE
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: {length}`,
      `v=0
o=assistant 971731711378798081 0 IN IP6 ::ffff:192.0.2.2
s=Call me soon, please!
c=IN IP6 ::ffff:192.0.2.2
t=3338481189 3370017201
m=audio 6000 RTP/AVP 2
a=rtpmap:2 G726-32/8000
m=video 6024 RTP/AVP 107
a=rtpmap:107 H263-1998/90000
`,
    ),
    answer: 486,
    uri: ['example.com', undefined],
    via: [
      ['[::ffff:192.0.2.10]', 19_823],
      ['[::ffff:192.0.2.2]', undefined],
    ],
    contact: 'sip:ted@[::ffff:192.0.2.2]',
    body: 'c=IN IP6 ::ffff:192.0.2.2',
  },
  // The grammar of RFC 3261 allows a third colon by mistake: both forms have to be taken.
  {
    name: 'ipv6-bug-abnf-3-colons',
    clause: '§4.10',
    bytes: options('[2001:db8:::192.0.2.1]'),
    answer: 200,
    uri: ['[2001:db8:::192.0.2.1]', undefined],
    via: [['lab1.east.example.com', undefined]],
  },
  {
    name: 'ipv6-correct-abnf-2-colons',
    clause: '§4.10',
    bytes: options('[2001:db8::192.0.2.1]'),
    answer: 200,
    uri: ['[2001:db8::192.0.2.1]', undefined],
    via: [['lab1.east.example.com', undefined]],
  },
];
