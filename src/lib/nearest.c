#include "nearest.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 64 };

static size_t
min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

static int
same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment distance; both words shorter than WORD_MAX. */
static size_t
distance(const char *a, const char *b)
{
	size_t d[WORD_MAX][WORD_MAX], n = strlen(a), m = strlen(b), i, j;

	for (i = 0; i <= n; i++)
		d[i][0] = i;
	for (j = 0; j <= m; j++)
		d[0][j] = j;
	for (i = 1; i <= n; i++)
		for (j = 1; j <= m; j++) {
			d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1,
			    d[i - 1][j - 1] + !same_letter(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
			    same_letter(a[i - 2], b[j - 1]) &&
			    d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	return d[n][m];
}

bool
nearest_is_among(const char *s, const char *const *words)
{
	while (*words != NULL && strcmp(s, *words) != 0)
		words++;
	return *words != NULL;
}

const char *
nearest_word(const char *s, const char *const *words)
{
	const char *best = NULL;
	size_t best_d = (size_t)-1, d, limit;

	if (strlen(s) >= WORD_MAX)
		return NULL;
	for (; *words != NULL; words++) {
		if (strlen(*words) >= WORD_MAX)
			continue;
		d = distance(s, *words);
		limit = strlen(*words) / 3 > 2 ? strlen(*words) / 3 : 2;
		if (d <= limit && d < best_d && d < strlen(*words)) {
			best_d = d;
			best = *words;
		}
	}
	return best;
}

const char *
nearest_hint(char out[NEAREST_CAP], const char *s, const char *const *words,
    const char *otherwise)
{
	const char *near = nearest_word(s, words);

	if (near == NULL)
		snprintf(out, NEAREST_CAP, "%s", otherwise);
	else
		snprintf(out, NEAREST_CAP, "; did you mean '%s'?", near);
	return out;
}
