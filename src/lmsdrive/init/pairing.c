/* From a server's list to pairs: names without what only tells the format. */

#include "pairing.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "naming.h"
#include "xalloc.h"

/* ---- the same model ------------------------------------------------------ */

/* By its type, or what is left of its name. */
static bool
generates_text(const struct model *m, const char *base)
{
	return !m->is_remote && (m->type == NULL ||
	    strncmp(m->type, "embed", 5) != 0) &&
	    strstr(base, "embed") == NULL && strstr(base, "rerank") == NULL;
}

/* "qwen3moe" and "qwen3_moe", "gemma3" and "gemma3_text" do not contradict. */
static bool
same_architecture(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return true;
	for (;;) {
		while (*a != '\0' && !isalnum((unsigned char)*a))
			a++;
		while (*b != '\0' && !isalnum((unsigned char)*b))
			b++;
		if (*a == '\0' || *b == '\0')
			return true;
		if (tolower((unsigned char)*a++) !=
		    tolower((unsigned char)*b++))
			return false;
	}
}

/* Lists round "8.03B" to "8B". */
static bool
same_params(const char *a, const char *b)
{
	double n = naming_params(a), k = naming_params(b);

	return isnan(n) || isnan(k) || fabs(log(n / k)) < 0.1;
}

struct candidate {
	struct pairing_side side;
	char *base;
	bool is_taken;
};

struct candidates {
	struct candidate *v;
	size_t n;
};

static bool
is_pair(const struct candidate *g, const struct candidate *m)
{
	return !g->is_taken && !m->is_taken &&
	    g->side.format != NULL && strcmp(g->side.format, "gguf") == 0 &&
	    m->side.format != NULL && strcmp(m->side.format, "mlx") == 0 &&
	    strcmp(g->base, m->base) == 0 &&
	    same_params(g->side.model->params, m->side.model->params) &&
	    same_architecture(g->side.model->architecture,
	    m->side.model->architecture);
}

/* How far apart in bits; what is not known is far. */
static double
distance(const struct candidate *g, const struct candidate *m)
{
	double d = fabs(g->side.bits - m->side.bits);

	return isnan(d) ? 64 : d;
}

/* The nearest two that are not taken, in *g and *m; false: there are none. */
static bool
nearest_two(const struct candidates *c, struct candidate **g,
    struct candidate **m)
{
	double d, least = INFINITY;

	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->n; k++) {
			if (!is_pair(&c->v[i], &c->v[k]))
				continue;
			if ((d = distance(&c->v[i], &c->v[k])) < least) {
				least = d;
				*g = &c->v[i];
				*m = &c->v[k];
			}
		}
	return isfinite(least);
}

/* ---- the result ---------------------------------------------------------- */

static bool
has_name(const struct pairings *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->v[i].name, name) == 0)
			return true;
	return false;
}

/* As config takes names: at most 64 of letters, digits and . _ + @ -; runs of
 * anything else become one '-'. */
static char *
as_name(const char *base)
{
	char *name = xstrndup(base, strnlen(base, 48)), *to = name;
	const char *c;

	for (c = name; *c != '\0'; c++)
		if (isalnum((unsigned char)*c) ||
		    (to > name && strchr("._+@", *c) != NULL))
			*to++ = *c;
		else if (to > name && to[-1] != '-')
			*to++ = '-';
	while (to > name && to[-1] == '-')
		to--;
	*to = '\0';
	return name;
}

/* Not the same twice: told apart by the bits, else by a number. */
static char *
name_for(const struct pairings *p, const char *base, double bits)
{
	char *first = as_name(base), *name;

	if (first[0] == '\0') {
		free(first);
		first = xstrdup("model");
	}
	name = xstrdup(first);
	if (has_name(p, name) && !isnan(bits)) {
		free(name);
		name = xasprintf("%s-%.3gbit", first, bits);
	}
	for (int n = 2; has_name(p, name); n++) {
		free(name);
		name = xasprintf("%s-%d", first, n);
	}
	free(first);
	return name;
}

static struct pairing *
add_pairing(struct pairings *out, const char *base, double bits)
{
	char *name = name_for(out, base, bits);
	struct pairing *p;

	out->v = xreallocarray(out->v, out->n + 1, sizeof(*out->v));
	p = &out->v[out->n++];
	*p = (struct pairing){ .name = name };
	return p;
}

static void
add_side(struct pairing *p, const struct pairing_side *side)
{
	p->side[p->n_sides++] = *side;
	p->is_moe |= naming_is_moe(side->model);
}

int64_t
pairing_bytes(const struct pairing *p)
{
	int64_t sum = 0;

	for (size_t i = 0; i < p->n_sides; i++) {
		if (p->side[i].model->size_bytes < 0)
			return -1;
		sum += p->side[i].model->size_bytes;
	}
	return sum;
}

static int
by_size(const void *a, const void *b)
{
	const struct pairing *x = a, *y = b;
	int64_t n = pairing_bytes(x), k = pairing_bytes(y);

	if (x->n_sides != y->n_sides)
		return x->n_sides > y->n_sides ? -1 : 1;
	if (n != k && n >= 0 && k >= 0)
		return n < k ? -1 : 1;
	if (n != k)
		return n >= 0 ? -1 : 1;
	return strcmp(x->name, y->name);
}

static struct pairing_side
side_of(const struct model *m)
{
	return (struct pairing_side){ m, naming_format(m), naming_bits(m) };
}

void
pairings_find(struct pairings *out, const struct models *list)
{
	struct candidates c = { xcalloc(list->n + 1, sizeof(*c.v)), 0 };
	struct candidate *g, *m;
	struct pairing *p;
	char *base;

	*out = (struct pairings){ NULL, 0 };
	for (size_t i = 0; i < list->n; i++) {
		base = naming_base(list->v[i].key);
		if (generates_text(&list->v[i], base))
			c.v[c.n++] = (struct candidate){ side_of(&list->v[i]),
			    base, false };
		else
			free(base);
	}
	while (nearest_two(&c, &g, &m)) {
		p = add_pairing(out, g->base, g->side.bits);
		add_side(p, &g->side);
		add_side(p, &m->side);
		g->is_taken = m->is_taken = true;
	}
	for (size_t i = 0; i < c.n; i++)
		if (!c.v[i].is_taken)
			add_side(add_pairing(out, c.v[i].base,
			    c.v[i].side.bits), &c.v[i].side);
	for (size_t i = 0; i < c.n; i++)
		free(c.v[i].base);
	free(c.v);
	if (out->n > 0)
		qsort(out->v, out->n, sizeof(*out->v), by_size);
}

void
pairings_given(struct pairings *out, const struct model *const *models,
    size_t n)
{
	char *base = naming_base(models[0]->key);
	struct pairing_side side;
	struct pairing *p;

	*out = (struct pairings){ NULL, 0 };
	p = add_pairing(out, base, NAN);
	for (size_t i = 0; i < n && i < 2; i++) {
		side = side_of(models[i]);
		add_side(p, &side);
	}
	free(base);
}

void
pairings_fini(struct pairings *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].name);
	free(p->v);
	*p = (struct pairings){ NULL, 0 };
}
