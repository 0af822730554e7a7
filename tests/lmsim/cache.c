#include "cache.h"

#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

void
cache_init(struct cache *c, int64_t budget_bytes, int64_t word_bytes,
    int64_t entry_bytes)
{
	memset(c, 0, sizeof(*c));
	c->budget_bytes = budget_bytes;
	c->word_bytes = word_bytes;
	c->entry_bytes = entry_bytes;
}

void
cache_fini(struct cache *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->entries[i].words);
	free(c->entries);
	memset(c, 0, sizeof(*c));
}

static size_t
common_prefix(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	size_t i, n = na < nb ? na : nb;

	for (i = 0; i < n && a[i] == b[i]; i++)
		;
	return i;
}

size_t
cache_match(struct cache *c, const uint32_t *words, size_t n)
{
	size_t best = 0, got, at = 0;

	for (size_t i = 0; i < c->n; i++) {
		got = common_prefix(c->entries[i].words, c->entries[i].n,
		    words, n);
		if (got > best) {
			best = got;
			at = i;
		}
	}
	if (best > 0)
		c->entries[at].used = ++c->clock;
	return best;
}

static void
drop(struct cache *c, size_t i)
{
	free(c->entries[i].words);
	c->entries[i] = c->entries[--c->n];
}

int64_t
cache_held(const struct cache *c)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < c->n; i++)
		bytes += c->entry_bytes +
		    (int64_t)c->entries[i].n * c->word_bytes;
	return bytes;
}

/* Shorten the least recently used entry, last words first, as caches that
 * are kept in blocks do: what is held stays just below the budget. */
static void
evict(struct cache *c)
{
	size_t i, oldest, words;
	int64_t over;

	while (c->n > 0 && (over = cache_held(c) - c->budget_bytes) > 0) {
		for (oldest = 0, i = 1; i < c->n; i++)
			if (c->entries[i].used < c->entries[oldest].used)
				oldest = i;
		words = c->word_bytes > 0 ? (size_t)((over + c->word_bytes -
		    1) / c->word_bytes) : c->entries[oldest].n;
		if (words >= c->entries[oldest].n)
			drop(c, oldest);
		else
			c->entries[oldest].n -= words;
	}
}

void
cache_keep(struct cache *c, const uint32_t *words, size_t n)
{
	if (c->budget_bytes <= 0 || n == 0)
		return;
	for (size_t i = c->n; i-- > 0;)
		if (c->entries[i].n <= n && common_prefix(c->entries[i].words,
		    c->entries[i].n, words, n) == c->entries[i].n)
			drop(c, i);
	c->entries = xgrow(c->entries, c->n, &c->cap, sizeof(*c->entries));
	c->entries[c->n].words = xreallocarray(NULL, n, sizeof(*words));
	memcpy(c->entries[c->n].words, words, n * sizeof(*words));
	c->entries[c->n].n = n;
	c->entries[c->n++].used = ++c->clock;
	evict(c);
}
