// The look of the documentation: light or dark as the reader's system is, from phone width up.
export const STYLESHEET = `
:root {
  color-scheme: light dark;
  --text: #1c2024; --quiet: #5b6470; --ground: #fff; --raised: #f4f6f8; --line: #dde2e7;
  --link: #2447b8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e4e8ec; --quiet: #9aa5b1; --ground: #14171a; --raised: #1f2429; --line: #333b43;
    --link: #8eaaff;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: break-word;
}
a { color: var(--link); }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: .5rem; top: .5rem; background: var(--ground); padding: .5rem; }
header {
  display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.25rem;
  padding: .6rem 1.25rem; border-bottom: 1px solid var(--line);
}
header .name { font-weight: 700; color: var(--text); text-decoration: none; }
header form { display: flex; flex: 1 1 12rem; gap: .4rem; justify-content: flex-end; }
input, button {
  font: inherit; color: inherit; background: var(--raised);
  border: 1px solid var(--line); border-radius: 6px; padding: .25rem .6rem;
}
input { flex: 0 1 18rem; min-width: 0; }
.frame { display: flex; max-width: 76rem; margin: 0 auto; }
main { flex: 1; min-width: 0; max-width: 54rem; padding: 1rem 1.25rem 4rem; order: 2; }
nav { flex: 0 0 14rem; padding: 1.25rem 0 2rem 1.25rem; order: 1; font-size: .95rem; }
nav h2 { margin: 1rem 0 .25rem; font-size: .8rem; color: var(--quiet); border: 0; padding: 0; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: .2rem 0; text-decoration: none; }
nav a[aria-current] { font-weight: 700; color: var(--text); }
.menu { display: none; }
h1, h2, h3 { line-height: 1.25; margin: 1.8em 0 .6em; }
h1 { margin-top: .5em; font-size: 2rem; }
h2 { font-size: 1.4rem; padding-top: .4em; border-top: 1px solid var(--line); }
h3 { font-size: 1.1rem; }
code { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
:not(pre) > code { background: var(--raised); border-radius: 4px; padding: .1em .3em; }
pre {
  background: var(--raised); border: 1px solid var(--line); border-radius: 8px;
  padding: .8rem 1rem; overflow-x: auto;
}
.wide { overflow-x: auto; }
table { border-collapse: collapse; min-width: 60%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; }
th { border-bottom: 2px solid var(--line); }
td { border-bottom: 1px solid var(--line); }
td code { overflow-wrap: anywhere; }
td:first-child code { white-space: nowrap; }
.result { margin: 1.2rem 0; }
.result p { margin: .2rem 0; color: var(--quiet); }
footer { margin-top: 3rem; font-size: .9rem; }
@media (max-width: 48rem) {
  .frame { display: block; }
  .menu { display: inline; }
  nav { padding: 0 1.25rem 3rem; }
  nav a { padding: .5rem 0; }
  h1 { font-size: 1.6rem; }
}
`.trim();
