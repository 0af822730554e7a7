#include "names.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "xalloc.h"

enum { SLAB = 64 * 1024 };

struct slab {
	struct slab *next;
	char text[];		/* aligned as next is */
};

struct name {
	uint32_t hash;		/* the lower half */
	uint32_t len;
	char text[];		/* aligned as the whole is, within a slab */
};

struct names {
	struct name **table;	/* NULL: free */
	size_t n, cap;
	struct slab *slabs;
	size_t used;		/* of the first slab */
	struct buf key;
};

struct idmap_slot {
	uint64_t key;
	size_t ix;		/* IDMAP_NONE: free */
};

struct names *
names_new(void)
{
	return xcalloc(1, sizeof(struct names));
}

void
names_free(struct names *n)
{
	struct slab *s, *next;

	if (n == NULL)
		return;
	for (s = n->slabs; s != NULL; s = next) {
		next = s->next;
		free(s);
	}
	buf_fini(&n->key);
	free(n->table);
	free(n);
}

uint64_t
names_hash(const void *p, size_t len)
{
	const unsigned char *s = p;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ s[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* The finaliser of SplitMix64. */
static uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

uint64_t
names_digest(const void *p, size_t len)
{
	const char *s = p;
	const uint64_t k = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t h = k, word;

	for (; len >= sizeof(word); s += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, s, sizeof(word));
		h = (h ^ word) * k;
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, s, len);
	return mix(h ^ word);
}

static struct name *
store(struct names *n, const void *s, size_t len, uint64_t hash)
{
	struct slab *slab = n->slabs;
	/* So that structs can be kept as well, each at its alignment. */
	size_t need = sizeof(struct name) +
	    (len + sizeof(double)) / sizeof(double) * sizeof(double);
	struct name *name;

	assert(len <= UINT32_MAX);
	if (slab == NULL || n->used + need > SLAB) {
		slab = xmalloc(sizeof(*slab) + (need > SLAB ? need : SLAB));
		slab->next = n->slabs;
		n->slabs = slab;
		n->used = 0;
	}
	name = (struct name *)(void *)(slab->text + n->used);
	name->hash = (uint32_t)hash;
	name->len = (uint32_t)len;
	memcpy(name->text, s, len);
	name->text[len] = '\0';
	n->used += need;
	return name;
}

static void
rehash(struct names *n)
{
	size_t cap = n->cap == 0 ? 256 : n->cap * 2, k;
	struct name **to = xcalloc(cap, sizeof(struct name *));

	for (size_t i = 0; i < n->cap; i++) {
		if (n->table[i] == NULL)
			continue;
		for (k = n->table[i]->hash & (cap - 1); to[k] != NULL; )
			k = (k + 1) & (cap - 1);
		to[k] = n->table[i];
	}
	free(n->table);
	n->table = to;
	n->cap = cap;
}

const void *
names_add(struct names *n, const void *s, size_t len)
{
	uint64_t hash = names_hash(s, len);
	struct name *e;
	size_t k;

	if (n->n * 2 >= n->cap)
		rehash(n);
	for (k = (uint32_t)hash & (n->cap - 1); (e = n->table[k]) != NULL;
	    k = (k + 1) & (n->cap - 1))
		if (e->hash == (uint32_t)hash && e->len == len &&
		    memcmp(e->text, s, len) == 0)
			return e->text;
	n->n++;
	return (n->table[k] = store(n, s, len, hash))->text;
}

const char *
names_adds(struct names *n, const char *s)
{
	return s == NULL ? NULL : names_add(n, s, strlen(s));
}

uint64_t
names_id(struct names *n, const char *s, bool keep)
{
	if (keep)
		(void)names_adds(n, s);
	return s == NULL ? 0 : names_hash(s, strlen(s));
}

const char *
names_text(const struct names *n, uint64_t id)
{
	const struct name *e;

	if (id == 0 || n->cap == 0)
		return NULL;
	for (size_t k = (uint32_t)id & (n->cap - 1);
	    (e = n->table[k]) != NULL; k = (k + 1) & (n->cap - 1))
		if (e->hash == (uint32_t)id &&
		    names_hash(e->text, e->len) == id)
			return e->text;
	return NULL;
}

const char *
names_keep(void *names, const char *text, bool is_brief)
{
	(void)is_brief;
	return names_adds(names, text);
}

const char *
names_key(struct names *n, const char *a, const char *b, const char *c)
{
	const char *part[3] = { a, b, c };

	buf_clear(&n->key);
	for (size_t i = 0; i < 3; i++) {
		buf_addc(&n->key, part[i] == NULL ? '\x01' : '\x02');
		if (part[i] != NULL)
			buf_adds(&n->key, part[i]);
		buf_addc(&n->key, '\0');
	}
	return names_add(n, n->key.data, n->key.len);
}

int
names_cmp(const char *a, const char *b)
{
	if (a == b)
		return 0;
	if (a == NULL || b == NULL)
		return a == NULL ? -1 : 1;
	return strcmp(a, b);
}

void
idmap_fini(struct idmap *m)
{
	free(m->slots);
	free(m->low);
	*m = (struct idmap){ NULL, 0, 0, NULL, 0, 0 };
}

size_t
idmap_get(const struct idmap *m, uint64_t key)
{
	if (key < m->n_low && m->low[key] != 0)
		return m->low[key] - 1;
	if (m->cap == 0)
		return IDMAP_NONE;
	for (size_t k = mix(key) & (m->cap - 1); m->slots[k].ix != IDMAP_NONE;
	    k = (k + 1) & (m->cap - 1))
		if (m->slots[k].key == key)
			return m->slots[k].ix;
	return IDMAP_NONE;
}

static void
place(struct idmap_slot *slots, size_t cap, uint64_t key, size_t ix)
{
	size_t k = mix(key) & (cap - 1);

	while (slots[k].ix != IDMAP_NONE)
		k = (k + 1) & (cap - 1);
	slots[k].key = key;
	slots[k].ix = ix;
}

static void
put_slot(struct idmap *m, uint64_t key, size_t ix)
{
	size_t cap;
	struct idmap_slot *s;

	if (m->n * 2 >= m->cap) {
		cap = m->cap == 0 ? 64 : m->cap * 2;
		s = xreallocarray(NULL, cap, sizeof(*s));
		for (size_t i = 0; i < cap; i++)
			s[i].ix = IDMAP_NONE;
		for (size_t i = 0; i < m->cap; i++)
			if (m->slots[i].ix != IDMAP_NONE)
				place(s, cap, m->slots[i].key, m->slots[i].ix);
		free(m->slots);
		m->slots = s;
		m->cap = cap;
	}
	place(m->slots, m->cap, key, ix);
	m->n++;
}

void
idmap_put(struct idmap *m, uint64_t key, size_t ix)
{
	size_t n = m->n_low;

	/* Numbers that are given one after the other, as most are, take four
	 * bytes each, those between them as well: not too many. */
	if (key >= n && key < 2 * n + 64 && key / 8 < m->n_given + 8 &&
	    ix < UINT32_MAX) {
		m->n_low = key + key / 4 + 1;
		m->low = xreallocarray(m->low, m->n_low, sizeof(*m->low));
		memset(m->low + n, 0, (m->n_low - n) * sizeof(*m->low));
	}
	if (key < m->n_low && ix < UINT32_MAX) {
		m->low[key] = (uint32_t)ix + 1;
		m->n_given++;
	} else
		put_slot(m, key, ix);
}
