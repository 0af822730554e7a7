#include "markdown.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "utf8.h"
#include "xalloc.h"

static const char replacement[] = "\xef\xbf\xbd";	/* U+FFFD */
static const char ellipsis[] = "\xe2\x80\xa6";		/* U+2026 */
static const char broken_bar[] = "\xc2\xa6";		/* U+00A6 */

/*
 * The next character of *s as text that is safe in any line: returns it in
 * out (NUL-terminated, at most 4 bytes) and moves *s behind it.
 */
static const char *
next_char(const char **s, size_t *left, char out[5])
{
	uint32_t c;
	size_t n;

	if ((n = utf8_decode(*s, *left, &c)) == 0) {
		(*s)++, (*left)--;
		return strcpy(out, replacement);
	}
	memcpy(out, *s, n);
	out[n] = '\0';
	*s += n, *left -= n;
	if (c == '\t' || c == '\n' || c == '\r')
		return strcpy(out, " ");
	if (utf8_is_control(c))
		return strcpy(out, replacement);
	return out;
}

/* How many characters next_char() makes of s. */
static size_t
count_chars(const char *s)
{
	size_t left = strlen(s), n;
	char one[5];

	for (n = 0; left > 0; n++)
		next_char(&s, &left, one);
	return n;
}

void
md_name_cut(struct buf *out, const char *name, size_t max)
{
	size_t left, n, total;
	char one[5];

	if (name == NULL) {
		buf_adds(out, "not known");
		return;
	}
	if (*name == '\0') {
		buf_adds(out, "(empty)");
		return;
	}
	left = strlen(name);
	total = count_chars(name);
	buf_addc(out, '`');
	for (n = 0; n < total; n++) {
		next_char(&name, &left, one);
		if (total > max && n == (max + 1) / 2)
			buf_adds(out, ellipsis);
		if (total > max && n >= (max + 1) / 2 && n < total - max / 2)
			continue;
		if (*one == '`')
			buf_addc(out, '\'');
		else if (*one == '|')
			buf_adds(out, broken_bar);
		else
			buf_adds(out, one);
	}
	buf_addc(out, '`');
}

void
md_name(struct buf *out, const char *name)
{
	md_name_cut(out, name, MD_NAME_CHARS);
}

/* Would this character, or what it begins, be more than text?  What only means
 * something at the beginning of a line is not here: no text begins one. */
static int
needs_escape(char c)
{
	return c != '\0' && strchr("\\`*_[]<>#~&$", c) != NULL;
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || (c & 0x80) != 0;
}

/*
 * Is the character before rest (and behind prev) harmless where it stands?
 * An underscore inside a word emphasizes nothing; "@" there mentions nobody,
 * and is no mail address unless a dot follows.
 */
static bool
is_inside_word(char c, char prev, const char *rest)
{
	if (!is_word(prev))
		return false;
	if (c == '_')
		return is_word(*rest);
	return c == '@' && strcspn(rest, " .") == strcspn(rest, " ");
}

/* May an address that browsers or GitHub make a link of begin here? */
static const char *
address_entity(char c, const char *rest, size_t left)
{
	if (c == ':' && left > 1 && rest[0] == '/' && rest[1] == '/')
		return "&#58;";
	if ((c == 'w' || c == 'W') && left > 2 &&
	    strncasecmp(rest, "ww.", 3) == 0)
		return c == 'w' ? "&#119;" : "&#87;";
	return NULL;
}

void
md_text(struct buf *out, const char *text, size_t max)
{
	size_t left = strlen(text);
	const char *entity;
	char one[5], prev = ' ';

	for (size_t n = 0; left > 0 && n < max; n++) {
		next_char(&text, &left, one);
		entity = address_entity(*one, text, left);
		if (*one == '|')
			buf_adds(out, broken_bar);
		else if (entity != NULL)
			buf_adds(out, entity);
		else if (is_inside_word(*one, prev, text))
			buf_adds(out, one);
		else if (*one == '@')	/* GitHub would notify someone */
			buf_adds(out, "&#64;");
		else if (needs_escape(*one))
			buf_addf(out, "\\%s", one);
		else
			buf_adds(out, one);
		prev = *one;
	}
	if (left > 0)
		buf_adds(out, ellipsis);
}

/* Write the header cell and remember its alignment. */
static void
header_cell(struct buf *out, struct buf *rule, const char *p, size_t len)
{
	int left = len > 0 && p[0] == ':', right = len > 0 && p[len - 1] == ':';

	buf_adds(out, " ");
	buf_add(out, p + left, len - (size_t)left - (size_t)right);
	buf_adds(out, " |");
	buf_adds(rule, right ? "---:|" : left ? ":---|" : "---|");
}

void
md_table_begin_names(struct md_table *t, struct buf *out, const char *columns,
    const char *const *names, size_t n, const char *last)
{
	struct buf rule = BUF_INIT;
	const char *end;

	t->out = out;
	t->column = 0;
	buf_addc(out, '|');
	buf_addc(&rule, '|');
	while (*columns != '\0') {
		end = columns + strcspn(columns, "|");
		header_cell(out, &rule, columns, (size_t)(end - columns));
		columns = *end == '|' ? end + 1 : end;
	}
	for (size_t i = 0; i < n; i++) {
		buf_addc(out, ' ');
		md_name_cut(out, names[i], MD_NAME_CHARS / 2);
		buf_adds(out, " |");
		buf_adds(&rule, "---:|");
	}
	if (last != NULL)
		header_cell(out, &rule, last, strlen(last));
	buf_addf(out, "\n%s\n", buf_cstr(&rule));
	buf_fini(&rule);
}

void
md_table_begin(struct md_table *t, struct buf *out, const char *columns)
{
	md_table_begin_names(t, out, columns, NULL, 0, NULL);
}

void
md_cell_begin(struct md_table *t)
{
	buf_adds(t->out, t->column++ == 0 ? "| " : " ");
}

void
md_cell_end(struct md_table *t)
{
	assert(t->column > 0);
	buf_adds(t->out, " |");
}

void
md_cell(struct md_table *t, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	md_cell_begin(t);
	buf_adds(t->out, text);
	md_cell_end(t);
}

void
md_cell_name(struct md_table *t, const char *name)
{
	md_cell_begin(t);
	md_name(t->out, name);
	md_cell_end(t);
}

void
md_row_end(struct md_table *t)
{
	assert(t->column > 0);
	buf_addc(t->out, '\n');
	t->column = 0;
}

void
md_table_end(struct md_table *t)
{
	buf_addc(t->out, '\n');
}
