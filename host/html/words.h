/* SPDX-License-Identifier: MIT
 * Numbers as people write them. */
#ifndef GM_HTML_WORDS_H
#define GM_HTML_WORDS_H

#define GM_WORD_SIZE 48u

/* Each fills word (GM_WORD_SIZE) and returns it. "?" for what is not finite. */

/* "12,345" */
const char *gm_count_word(char *word, double count);

/* "350 ms", "4.9 s", "2 min 5 s", "1 h 12 min" */
const char *gm_seconds_word(char *word, double seconds);

/* "98.72 %", of a share from 0 to 1; as many decimals as `n`, of which it is a share, can tell, at
 * most 2. */
const char *gm_share_word(char *word, double share, double n);

/* Four significant digits, and of large numbers all before the point, in groups. */
const char *gm_real_word(char *word, double value);

#endif
