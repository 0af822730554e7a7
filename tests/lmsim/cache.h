#ifndef LMG_TESTS_LMSIM_CACHE_H
#define LMG_TESTS_LMSIM_CACHE_H

/*
 * The prompt cache of a loaded model: word sequences (prompt and answer) that
 * were processed, within a budget of bytes: the least recently used one is
 * shortened from its end, and goes when nothing is left of it.
 * A new prompt reuses its longest common prefix with any entry.
 */

#include <stddef.h>
#include <stdint.h>

struct cache_entry {
	uint32_t *words;
	size_t n;
	uint64_t used;		/* larger is more recent */
};

struct cache {
	struct cache_entry *entries;
	size_t n, cap;
	int64_t budget_bytes;	/* 0: nothing is ever kept */
	int64_t word_bytes;	/* of a word held */
	int64_t entry_bytes;	/* of an entry beyond its words */
	uint64_t clock;
};

void cache_init(struct cache *c, int64_t budget_bytes, int64_t word_bytes,
    int64_t entry_bytes);
void cache_fini(struct cache *c);

/* How many of the first n words are in the cache; marks the entry used. */
size_t cache_match(struct cache *c, const uint32_t *words, size_t n);

/* Keep a copy of the n words; an entry that they continue is replaced. */
void cache_keep(struct cache *c, const uint32_t *words, size_t n);

/* What the entries hold, in bytes; at most the budget. */
int64_t cache_held(const struct cache *c);

#endif
