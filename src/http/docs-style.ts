/** The style sheet of the documentation; served by itself, since the pages allow nothing inline. */
export const DOCS_STYLE = `:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }
nav { font-size: .9rem; }
nav ul { list-style: none; padding: 0; margin: 0; columns: 18rem; }
h1 { font-size: 1.6rem; }
h2 { font-size: 1.2rem; margin-top: 2rem; }
h3 { font-size: 1.05rem; margin-bottom: .3rem; }
h4 { font-size: .85rem; margin: .8rem 0 .2rem; text-transform: uppercase; letter-spacing: .04em; opacity: .7; }
article { border-top: 1px solid var(--line); padding: .2rem 0 1rem; }
article:target { outline: 2px solid Highlight; outline-offset: .5rem; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
.path { margin: .1rem 0; }
.path b { display: inline-block; min-width: 4.2rem; }
.get { color: light-dark(#0a6, #4d9); }
.post { color: light-dark(#06c, #6af); }
.put, .patch { color: light-dark(#a60, #fb4); }
.delete { color: light-dark(#c22, #f77); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
td { border-top: 1px solid var(--line); padding: .2rem .6rem .2rem 0; vertical-align: top; }
details, article > p { margin: .2rem 0; }
summary { cursor: pointer; }
`;
