/* From the words of a key to what is known of the model. */

#include "naming.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "nearest.h"
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

/* Without the folders before it and the file's ending, lower case. */
static char *
file_name(const char *key)
{
	const char *slash = strrchr(key, '/');
	char *s = xstrdup(slash != NULL ? slash + 1 : key);
	size_t n;

	for (n = 0; s[n] != '\0'; n++)
		s[n] = (char)tolower((unsigned char)s[n]);
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
naming_base(const char *key)
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
naming_format(const struct model *m)
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

double
naming_params(const char *text)
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
naming_bits(const struct model *m)
{
	double bits = m->bits_per_weight, n;

	if (!isnan(bits))
		return bits;
	if ((m->quantization != NULL &&
	    any_word(m->quantization, take_bits, &bits)) ||
	    any_word(m->key, take_bits, &bits))
		return bits;
	n = naming_params(m->params);
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

bool
naming_is_moe(const struct model *m)
{
	return any_word(m->key, is_moe_word, NULL) ||
	    (m->params != NULL && any_word(m->params, is_moe_word, NULL)) ||
	    (m->architecture != NULL &&
	    any_word(m->architecture, is_moe_word, NULL));
}
