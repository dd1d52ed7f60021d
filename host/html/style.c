/* SPDX-License-Identifier: MIT
 * See style.h. Colours of series are Okabe and Ito's, which those who see few colours can tell
 * apart, made darker on white and lighter on black. Only fonts of the reader's system are used. */
#include "html/style.h"

static const char *const rules[] = {
    /* colours */
    ":root{color-scheme:light dark;--paper:#fcfcfa;--card:#fff;--ink:#1c222b;--soft:#5c6674;"
    "--rule:#e3e3dd;--grid:#ebebe6;--c1:#0b65b5;--c2:#cc5200;--c3:#08805e;--c4:#ab4a86;--c5:#"
    "a87400;"
    "--c6:#2b8fc4;--right:11,101,181;--wrong:204,82,0}\n",
    "@media screen and (prefers-color-scheme:dark){:root{--paper:#12151a;--card:#191d24;"
    "--ink:#e4e7eb;--soft:#98a2b0;--rule:#2b313a;--grid:#262c35;--c1:#64b0f4;--c2:#ff9a52;"
    "--c3:#4cc9a0;--c4:#e08fc0;--c5:#e6b84a;--c6:#8ad4f7;--right:80,160,240;--wrong:255,140,66}}\n",
    /* page */
    "*{box-sizing:border-box}\n",
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"
    "'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif;overflow-wrap:anywhere;"
    "-webkit-text-size-adjust:100%}\n",
    "main,header,footer{max-width:1080px;margin:0 auto;padding:0 20px}\n",
    "header{padding-top:36px}\n",
    "h1{font-size:1.9rem;line-height:1.2;margin:0 0 4px;letter-spacing:-.02em;font-weight:680}\n",
    "h2{font-size:1.25rem;line-height:1.3;margin:0 0 6px;letter-spacing:-.01em;font-weight:650}\n",
    "h3{font-size:.95rem;margin:0 0 4px;font-weight:600}\n", "p{margin:0 0 12px;max-width:44em}\n",
    ".kind{color:var(--soft);font-size:.8rem;letter-spacing:.08em;text-transform:uppercase;"
    "margin:0 0 6px}\n",
    ".soft{color:var(--soft)}\n", "small,.note{color:var(--soft);font-size:.85rem}\n",
    "nav{border-top:1px solid var(--rule);border-bottom:1px solid var(--rule);margin:20px 0 0;"
    "padding:9px 0;display:flex;flex-wrap:wrap;gap:2px 18px;font-size:.9rem}\n",
    "a{color:var(--c1);text-decoration:none}a:hover{text-decoration:underline}\n",
    "section{padding:34px 0 0}\n", ".lead{font-size:1.2rem;line-height:1.5;max-width:36em}\n",
    /* figures */
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,146px),1fr));gap:"
    "10px;"
    "margin:18px 0 16px}\n",
    ".tile{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px "
    "14px}\n",
    ".tile b{display:block;font-size:1.4rem;line-height:1.25;font-weight:650;letter-spacing:-.01em;"
    "font-variant-numeric:tabular-nums}\n",
    ".tile span{color:var(--soft);font-size:.84rem}\n",
    ".charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,310px),1fr));"
    "gap:14px;margin:12px 0}\n",
    "figure{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:10px;"
    "padding:12px 12px 6px;min-width:0}\n",
    "figure svg{max-width:520px;margin:0 auto}\n",
    "figcaption{font-weight:600;font-size:.92rem;margin:0 2px 2px}\n",
    "figcaption small{font-weight:400}\n",
    ".key{list-style:none;margin:0 2px 2px;padding:0;display:flex;flex-wrap:wrap;gap:0 14px;"
    "font-size:.82rem;color:var(--soft)}\n",
    ".key li::before{content:'';display:inline-block;width:14px;height:3px;border-radius:2px;"
    "background:var(--k);margin-right:6px;vertical-align:middle}\n",
    ".k1{--k:var(--c1)}.k2{--k:var(--c2)}.k3{--k:var(--c3)}.k4{--k:var(--c4)}.k5{--k:var(--c5)}"
    ".k6{--k:var(--c6)}\n",
    "svg{display:block;width:100%;height:auto;overflow:visible}\n",
    "svg text{font-size:10.5px;fill:var(--soft);font-variant-numeric:tabular-nums}\n",
    ".tx,.tl{text-anchor:middle}.ty{text-anchor:end}.th{text-anchor:start}\n",
    ".grid{stroke:var(--grid);fill:none}.axis{stroke:var(--soft);stroke-opacity:.6;fill:none}\n",
    ".line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}\n",
    ".faint{stroke-width:1;stroke-opacity:.28}.thin{stroke-width:1.2}"
    ".dash{stroke-dasharray:4 4;stroke-width:1.2}\n",
    ".dots{fill:none;stroke-width:4;stroke-linecap:round;stroke-opacity:.4}\n",
    ".line.c1,.dots.c1{stroke:var(--c1)}.line.c2,.dots.c2{stroke:var(--c2)}"
    ".line.c3,.dots.c3{stroke:var(--c3)}.line.c4,.dots.c4{stroke:var(--c4)}"
    ".line.c5,.dots.c5{stroke:var(--c5)}.line.c6,.dots.c6{stroke:var(--c6)}"
    ".line.c0{stroke:var(--soft)}\n",
    ".bar.c1{fill:var(--c1)}.bar.c2{fill:var(--c2)}.bar.c3{fill:var(--c3)}.bar{fill-opacity:.85}\n",
    /* tables */
    ".wide{overflow-x:auto;margin:10px 0 16px}\n",
    "table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}\n",
    "th,td{padding:5px 14px 5px 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--rule);overflow-wrap:normal}\n",
    "th{font-weight:600}thead th{color:var(--soft);font-weight:500;font-size:.84rem}\n",
    "td.n,th.n{text-align:right}td.n{white-space:nowrap}\n",
    "td.text,th.text{min-width:9em;max-width:30em;overflow-wrap:anywhere}\n",
    ".pairs{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));"
    "gap:0 36px;margin:8px 0}\n",
    ".pairs div{display:flex;justify-content:space-between;gap:16px;padding:5px 0;"
    "border-bottom:1px solid var(--rule);font-size:.92rem}\n",
    ".pairs span{color:var(--soft);flex:none;max-width:50%}.pairs b{font-weight:500;text-align:right}\n",
    ".matrix td,.matrix th{border:0;padding:0;text-align:center}\n",
    ".matrix td{min-width:40px;height:34px;vertical-align:middle;border:1px solid var(--paper);"
    "border-radius:4px;font-size:.8rem;padding:0 3px}\n",
    ".matrix th{color:var(--soft);font-weight:500;font-size:.84rem;padding:3px 6px;"
    "vertical-align:middle;max-width:12em;overflow-wrap:anywhere}\n",
    ".matrix tbody th{text-align:right}.matrix .zero{color:var(--soft);opacity:.45}\n",
    ".right{background:rgba(var(--right),var(--s))}.wrong{background:rgba(var(--wrong),var(--s))}"
    "\n",
    ".meter{min-width:100px;background:linear-gradient(var(--c1),var(--c1)) 0 50%/var(--w) 8px "
    "no-repeat,linear-gradient(var(--grid),var(--grid)) 0 50%/100% 8px no-repeat}\n",
    /* pictures of rows */
    ".cases{display:grid;grid-template-columns:repeat(auto-fill,minmax(112px,1fr));gap:12px;"
    "margin:12px 0}\n",
    ".case{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:8px;"
    "font-size:.84rem;line-height:1.4}\n",
    ".case img{display:block;width:100%;height:auto;image-rendering:pixelated;border-radius:5px;"
    "margin-bottom:6px;background:#000}\n",
    "code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
    "font-size:.86rem}\n",
    "pre{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px 14px;"
    "margin:10px 0;white-space:pre-wrap;user-select:all;-webkit-user-select:all}\n",
    "footer{padding-top:40px;padding-bottom:40px;color:var(--soft);font-size:.85rem}\n",
    "@media print{body{font-size:10.5pt}nav{display:none}section{padding-top:18pt}"
    "figure,.tile,.case,tr{break-inside:avoid}h2{break-after:avoid}.wide{overflow:visible}"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n"};

void gm_style_write(FILE *stream)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; ++i)
        fputs(rules[i], stream);
}
