/* From a server's list to pairs: names without what only tells the format. */

#include "pairing.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "nearest.h"
#include "number.h"
#include "xalloc.h"

/* ---- words of a key ------------------------------------------------------ */

/* What stands between the words of a key.  '.' and '_' are parts of words:
 * "3.3", "q4_k_m". */
static const char between[] = "-@: ";

/* "q4_k_m", "iq3_xs", "tq1_0", "f16", "bf16", "mxfp4", "int8", "4bit",
 * "6.5bits": the number, or NAN when the word says no such thing. */
static double
word_bits(const char *word)
{
	static const char *const before[] = { "q", "iq", "tq", "f", "fp", "bf",
	    "int", "mxfp", "nvfp", NULL };
	size_t n;
	double bits;
	char *end;

	bits = strtod(word, &end);
	if (end != word && (strcmp(end, "bit") == 0 ||
	    strcmp(end, "bits") == 0 || strcmp(end, "_bit") == 0))
		return bits;
	for (size_t i = 0; before[i] != NULL; i++) {
		n = strlen(before[i]);
		if (strncmp(word, before[i], n) != 0 ||
		    !isdigit((unsigned char)word[n]))
			continue;
		bits = strtod(word + n, &end);
		if (*end == '\0' || *end == '_')
			return bits;
	}
	return NAN;
}

/* Words that tell of the file, not of the model in it. */
static bool
is_of_the_file(const char *word)
{
	static const char *const words[] = { "gguf", "ggml", "mlx", "hf",
	    "safetensors", "bit", "bits", "dwq", "awq", "gptq", "ud", "i1",
	    "imat", "imatrix", "latest", NULL };

	return nearest_is_among(word, words) || !isnan(word_bits(word));
}

static char *
lowered(const char *from, size_t len)
{
	char *s = xstrndup(from, len), *p;

	for (p = s; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return s;
}

/* Without the folders before it and the file's ending, lower case. */
static char *
file_name(const char *key)
{
	const char *slash = strrchr(key, '/');
	char *s;
	size_t n;

	s = lowered(slash != NULL ? slash + 1 : key,
	    strlen(slash != NULL ? slash + 1 : key));
	n = strlen(s);
	if (n > 5 && strcmp(s + n - 5, ".gguf") == 0)
		s[n - 5] = '\0';
	return s;
}

/* Call f with each word of the name in key, until it is true. */
static bool
any_word(const char *key, bool (*f)(void *arg, const char *word), void *arg)
{
	char *name = file_name(key), *word, *rest = name;
	bool found = false;

	while (!found && (word = strtok_r(rest, between, &rest)) != NULL)
		found = f(arg, word);
	free(name);
	return found;
}

static bool
add_word(void *arg, const char *word)
{
	struct buf *out = arg;

	/* "4-bit" is two words. */
	if (strcmp(word, "bit") == 0 && out->len > 1 &&
	    isdigit((unsigned char)out->data[out->len - 1]) &&
	    out->data[out->len - 2] == '-')
		out->len -= 2;
	if (is_of_the_file(word) ||
	    (out->len == 0 && strcmp(word, "meta") == 0))
		return false;
	if (out->len > 0)
		buf_addc(out, '-');
	buf_adds(out, word);
	return false;
}

char *
pairing_base(const char *key)
{
	struct buf out = BUF_INIT;

	any_word(key, add_word, &out);
	if (out.len == 0)
		buf_adds(&out, key);
	return buf_steal(&out);
}

/* ---- what a model is ----------------------------------------------------- */

static bool
is_format(void *arg, const char *word)
{
	const char **format = arg, *end;
	double bits = word_bits(word);

	end = strstr(word, "bit");
	if (strcmp(word, "mlx") == 0 || (!isnan(bits) && end != NULL))
		*format = "mlx";
	else if (strcmp(word, "gguf") == 0 ||
	    (!isnan(bits) && (word[0] == 'q' || word[1] == 'q')))
		*format = "gguf";
	return *format != NULL;
}

const char *
pairing_format(const struct model *m)
{
	const char *format = NULL, *key = m->key;

	if (m->format != NULL && strcasecmp(m->format, "gguf") == 0)
		return "gguf";
	if (m->format != NULL && (strcasecmp(m->format, "mlx") == 0 ||
	    strcasecmp(m->format, "safetensors") == 0))
		return "mlx";
	if (m->format != NULL)
		return NULL;
	if (strncmp(key, "mlx-community/", 14) == 0)
		return "mlx";
	if (strlen(key) > 5 && strcmp(key + strlen(key) - 5, ".gguf") == 0)
		return "gguf";
	any_word(key, is_format, &format);
	return format;
}

static bool
take_bits(void *arg, const char *word)
{
	double *bits = arg;

	*bits = word_bits(word);
	return !isnan(*bits);
}

/* "70B", "30B-A3B", "8x7B": the parameters, or NAN. */
static double
params_count(const char *text)
{
	double n, experts = 1;
	char *end;

	if (text == NULL)
		return NAN;
	n = strtod(text, &end);
	if (*end == 'x' || *end == 'X') {
		experts = n;
		text = end + 1;
		n = strtod(text, &end);
	}
	if (end == text || n <= 0)
		return NAN;
	switch (*end) {
	case 'T':
		return experts * n * 1e12;
	case 'B': case 'b':
		return experts * n * 1e9;
	case 'M': case 'm':
		return experts * n * 1e6;
	default:
		return NAN;
	}
}

double
pairing_bits(const struct model *m)
{
	double bits = m->bits_per_weight, n;

	if (!isnan(bits))
		return bits;
	if ((m->quantization != NULL &&
	    any_word(m->quantization, take_bits, &bits)) ||
	    any_word(m->key, take_bits, &bits))
		return bits;
	n = params_count(m->params);
	return m->size_bytes > 0 && !isnan(n) ?
	    (double)m->size_bytes * 8 / n : NAN;
}

/* "8x7b", "x22b", "30b-a3b", "moe", and families that are always so. */
static bool
is_moe_word(void *arg, const char *word)
{
	const char *x = strchr(word, 'x');
	size_t n = strlen(word);

	(void)arg;
	return strstr(word, "moe") != NULL || strcmp(word, "mixtral") == 0 ||
	    (x != NULL && isdigit((unsigned char)x[1]) && word[n - 1] == 'b') ||
	    (n > 2 && word[0] == 'a' && isdigit((unsigned char)word[1]) &&
	    word[n - 1] == 'b') ||
	    (n > 1 && isdigit((unsigned char)word[0]) && word[n - 1] == 'e');
}

static bool
is_moe(const struct model *m)
{
	return any_word(m->key, is_moe_word, NULL) ||
	    (m->params != NULL && any_word(m->params, is_moe_word, NULL)) ||
	    (m->architecture != NULL &&
	    any_word(m->architecture, is_moe_word, NULL));
}

static bool
generates_text(const struct model *m)
{
	return !m->is_remote && (m->type == NULL ||
	    strncmp(m->type, "embed", 5) != 0) &&
	    strstr(m->key, "embed") == NULL && strstr(m->key, "rerank") == NULL;
}

/* ---- the same model ------------------------------------------------------ */

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
	double n = params_count(a), k = params_count(b);

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
	p->is_moe |= is_moe(side->model);
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
	return (struct pairing_side){ m, pairing_format(m), pairing_bits(m) };
}

void
pairings_find(struct pairings *out, const struct models *list)
{
	struct candidates c = { xcalloc(list->n + 1, sizeof(*c.v)), 0 };
	struct candidate *g, *m;
	struct pairing *p;

	*out = (struct pairings){ NULL, 0 };
	for (size_t i = 0; i < list->n; i++)
		if (generates_text(&list->v[i]))
			c.v[c.n++] = (struct candidate){ side_of(&list->v[i]),
			    pairing_base(list->v[i].key), false };
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
	char *base = pairing_base(models[0]->key);
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
