#include "cmdline.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "diag.h"
#include "number.h"
#include "version.h"
#include "xalloc.h"

enum { LONG_ONLY = 256 };		/* what getopt_long() returns of it */
enum { ROWS_MAX = 32 };

/* Behind the rows of every table; a command has no version of its own. */
static const struct cmdline_option own[] = {
	{ .letter = 'h', .name = "help", .help = "this text" },
	{ .letter = 'V', .name = "version", .help = "the version" },
};

static size_t
count(const struct cmdline *c)
{
	return c->n_options + (c->command == NULL ? 2 : 1);
}

static const struct cmdline_option *
row(const struct cmdline *c, size_t i)
{
	return i < c->n_options ? &c->options[i] : &own[i - c->n_options];
}

static int
code(const struct cmdline *c, size_t i)
{
	return row(c, i)->letter != 0 ? row(c, i)->letter : LONG_ONLY + (int)i;
}

static const struct cmdline_option *
find(const struct cmdline *c, int wanted)
{
	for (size_t i = 0; i < count(c); i++)
		if (code(c, i) == wanted)
			return row(c, i);
	return NULL;
}

/* ---- help ------------------------------------------------------------- */

/* "  -i, --interval D"; returns its width, to is NULL: only that. */
static int
print_names(FILE *to, const struct cmdline_option *o)
{
	char letter[4] = "  ", text[128];

	if (o->letter != 0)
		snprintf(letter, sizeof(letter), "-%c", o->letter);
	snprintf(text, sizeof(text), "  %s%s%s%s%s%s", letter,
	    o->name == NULL ? "" : o->letter != 0 ? ", " : "  ",
	    o->name == NULL ? "" : "--", o->name == NULL ? "" : o->name,
	    o->value == NULL ? "" : " ", o->value == NULL ? "" : o->value);
	if (to != NULL)
		fputs(text, to);
	return (int)strlen(text);
}

static void
help(const struct cmdline *c)
{
	int column = 0, width;

	for (size_t i = 0; i < count(c); i++) {
		width = print_names(NULL, row(c, i)) + 2;
		column = width > column ? width : column;
	}
	fputs(c->head, stdout);
	for (size_t i = 0; i < count(c); i++) {
		width = print_names(stdout, row(c, i));
		printf("%*s", column - width, "");
		for (const char *s = row(c, i)->help; *s != '\0'; s++) {
			putchar(*s);
			if (*s == '\n')
				printf("%*s", column, "");
		}
		putchar('\n');
	}
	if (c->tail != NULL)
		fputs(c->tail, stdout);
}

/* ---- values ----------------------------------------------------------- */

static void
refuse(const struct cmdline_option *o, const char *wanted, const char *value)
{
	diag_warnx("--%s: expected %s, got '%s'", o->name, wanted, value);
	diag_usage();
}

static void
take_list(const char *value, char ***list)
{
	size_t n = 0, len;

	while (*list != NULL && (*list)[n] != NULL)
		n++;
	for (;; value += len + 1) {
		len = strcspn(value, ",");
		*list = xreallocarray(*list, n + 2, sizeof(**list));
		(*list)[n++] = xstrndup(value, len);
		(*list)[n] = NULL;
		if (value[len] == '\0')
			return;
	}
}

static void
take_integer(const struct cmdline_option *o, const char *value, int64_t *out)
{
	char wanted[80];

	if (number_int(value, o->lo, o->hi > 0 ? o->hi : INT64_C(1) << 52,
	    out) == 0)
		return;
	if (o->hi > 0)
		snprintf(wanted, sizeof(wanted), "an integer from %lld to %lld",
		    (long long)o->lo, (long long)o->hi);
	else
		snprintf(wanted, sizeof(wanted), "an integer of at least %lld",
		    (long long)o->lo);
	refuse(o, wanted, value);
}

static void
take_duration(const struct cmdline_option *o, const char *value, int64_t *out)
{
	char wanted[80];

	if (number_duration(value, out) == 0 && *out >= o->lo)
		return;
	snprintf(wanted, sizeof(wanted), "a duration of at least %lld%s, as "
	    "in 100ms or 45m", (long long)(o->lo >= NS_PER_S ?
	    o->lo / NS_PER_S : o->lo / NS_PER_MS), o->lo >= NS_PER_S ? "s" :
	    o->lo > 0 ? "ms" : "");
	refuse(o, wanted, value);
}

static void
take_number(const struct cmdline_option *o, const char *value, double *out)
{
	char wanted[80];

	if (number_double(value, (double)o->lo, (double)o->hi, out) == 0)
		return;
	snprintf(wanted, sizeof(wanted), "a number from %lld to %lld",
	    (long long)o->lo, (long long)o->hi);
	refuse(o, wanted, value);
}

static void
take(const struct cmdline_option *o, void *into, char *value)
{
	void *at = (char *)into + o->at;
	int word = (int)o->lo;

	switch (o->kind) {
	case CMDLINE_FLAG:
		*(bool *)at = true;
		break;
	case CMDLINE_WORD:
		memcpy(at, &word, sizeof(word));
		break;
	case CMDLINE_TEXT:
		if (value[0] == '\0')
			refuse(o, o->value, value);
		*(const char **)at = value;
		break;
	case CMDLINE_LIST:
		take_list(value, at);
		break;
	case CMDLINE_INTEGER:
		take_integer(o, value, at);
		break;
	case CMDLINE_DURATION:
		take_duration(o, value, at);
		break;
	case CMDLINE_NUMBER:
		take_number(o, value, at);
		break;
	case CMDLINE_TAKE:
		o->take(into, value);
	}
}

/* ---- reading ---------------------------------------------------------- */

/* The tables as getopt_long() wants them, which have room for all. */
static void
for_getopt(const struct cmdline *c, char *shorts, struct option *l)
{
	const struct cmdline_option *o;

	assert(count(c) <= ROWS_MAX);
	if (c->passes_on)
		*shorts++ = '+';
	*shorts++ = ':';
	for (size_t i = 0; i < count(c); i++) {
		o = row(c, i);
		if (o->letter != 0)
			*shorts++ = o->letter;
		if (o->letter != 0 && o->value != NULL)
			*shorts++ = ':';
		if (o->name != NULL)
			*l++ = (struct option){ o->name, o->value != NULL ?
			    required_argument : no_argument, NULL, code(c, i) };
	}
	*shorts = '\0';
	*l = (struct option){ NULL, 0, NULL, 0 };
}

/* One line, "plan: there is no option '--x'", and where help is. */
static void
misuse(const struct cmdline *c, const char *what, const char *word)
{
	diag_warnx("%s%s%s%s%s%s", c->command != NULL ? c->command : "",
	    c->command != NULL ? ": " : "", what, word != NULL ? " '" : "",
	    word != NULL ? word : "", word != NULL ? "'" : "");
	diag_usage();
}

/* May word, "--se" or "--se=x", be short for several? */
static bool
is_ambiguous(const struct cmdline *c, const char *word)
{
	const char *name = word + 2;
	int n = 0;

	if (strncmp(word, "--", 2) != 0)
		return false;
	for (size_t i = 0; i < count(c); i++)
		n += row(c, i)->name != NULL && strncmp(row(c, i)->name, name,
		    strcspn(name, "=")) == 0;
	return n > 1;
}

/* What getopt_long() could not take: result is ':' or '?'. */
static void
refuse_option(const struct cmdline *c, int result, const char *word)
{
	char letter[] = { '-', (char)optopt, '\0' };

	if (result == ':')
		misuse(c, "a value is missing behind", word);
	if (find(c, optopt) != NULL)
		misuse(c, "no value is taken by", word);
	if (optopt == 0 && is_ambiguous(c, word))
		misuse(c, "more than one option begins with", word);
	misuse(c, "there is no option", optopt > 0 && optopt < LONG_ONLY ?
	    letter : word);
}

static void
check_operands(const struct cmdline *c, int n, char *operand[])
{
	if (n < c->min)
		misuse(c, c->wants, NULL);
	if (c->max != -1 && n > c->max)
		misuse(c, "unexpected argument", operand[c->max]);
}

int
cmdline_read(const struct cmdline *c, void *into, int argc, char *argv[])
{
	char shorts[2 * ROWS_MAX + 3];
	struct option longs[ROWS_MAX + 1];
	int opt;

	for_getopt(c, shorts, longs);
	assert(c->min == 0 || c->wants != NULL);
	diag_command(c->command);
	opterr = 0;
	while ((opt = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (opt == '?' || opt == ':')
			refuse_option(c, opt, argv[optind - 1]);
		if (opt == 'h' || opt == 'V') {
			opt == 'h' ? help(c) : version_print();
			exit(diag_finish(EXIT_DONE));
		}
		take(find(c, opt), into, optarg);
	}
	check_operands(c, argc - optind, argv + optind);
	return optind;
}
