/* Lines as our own tools write them, read without building a tree. */
#include "fastscan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 15 };	/* so that a double holds it exactly */

/* The rest of a line. */
struct rest {
	const char *p, *end;
};

/* Inlined always: memcmp() of a literal is then a few instructions. */
__attribute__((always_inline)) static inline bool
skip(struct rest *r, const char *text, size_t len)
{
	if ((size_t)(r->end - r->p) < len || memcmp(r->p, text, len) != 0)
		return false;
	r->p += len;
	return true;
}

#define SKIP(r, literal) skip(r, literal, sizeof(literal) - 1)

/* A string without escapes, and the quote behind it. */
static bool
plain_string(struct rest *r, const char **s, size_t *len)
{
	const char *q = r->p;

	while (q < r->end && (unsigned char)*q >= 0x20 && *q != '"' &&
	    *q != '\\')
		q++;
	if (q == r->end || *q != '"')
		return false;
	*s = r->p;
	*len = (size_t)(q - r->p);
	r->p = q + 1;
	return true;
}

/* Digits without sign, leading zero, fraction or exponent. */
static bool
plain_integer(struct rest *r, int64_t *out)
{
	const char *q = r->p, *end = r->end;
	uint64_t v = 0, digit;

	if (end - q > DIGITS_MAX)
		end = q + DIGITS_MAX;
	for (; q < end && (digit = (uint64_t)*q - '0') <= 9; q++)
		v = v * 10 + digit;
	if (q == r->p || (*r->p == '0' && q - r->p > 1))
		return false;
	r->p = q;		/* what follows must be ',' or '}' */
	*out = (int64_t)v;
	return true;
}

static bool
kind_of(struct rest *r, enum chunk_kind *out)
{
	if (SKIP(r, "content\""))
		*out = CHUNK_CONTENT;
	else if (SKIP(r, "reasoning\""))
		*out = CHUNK_REASONING;
	else if (SKIP(r, "tool\""))
		*out = CHUNK_TOOL;
	else if (SKIP(r, "role\""))
		*out = CHUNK_ROLE;
	else if (SKIP(r, "usage\""))
		*out = CHUNK_USAGE;
	else
		return false;
	return true;
}

bool
fastscan_chunk(const char *line, size_t len, struct chunk_event *e)
{
	struct rest r = { line, line + len };
	int64_t late_ns, early_ns;

	if (!SKIP(&r, "{\"type\":\"chunk\",\"run\":\"") ||
	    !plain_string(&r, &e->run, &e->run_len) ||
	    !SKIP(&r, ",\"t_ns\":") || !plain_integer(&r, &e->t_ns) ||
	    !SKIP(&r, ",\"req\":") || !plain_integer(&r, &e->req) ||
	    !SKIP(&r, ",\"i\":") || !plain_integer(&r, &e->i) ||
	    e->i > UINT32_MAX ||
	    !SKIP(&r, ",\"kind\":\"") || !kind_of(&r, &e->kind) ||
	    !SKIP(&r, ",\"bytes\":") || !plain_integer(&r, &e->bytes))
		return false;
	e->flags = 0;
	(void)SKIP(&r, ",\"progress\":null");
	if (SKIP(&r, ",\"coalesced\":true"))
		e->flags |= CHUNK_COALESCED;
	if (SKIP(&r, ",\"callback_ns\":")) {
		if (!plain_integer(&r, &late_ns))
			return false;
		e->flags |= CHUNK_LATE;
	}
	if (SKIP(&r, ",\"early_ns\":")) {
		if (!plain_integer(&r, &early_ns))
			return false;
		e->flags |= chunk_unsure(early_ns);
	}
	return SKIP(&r, "}") && r.p == r.end;
}

/* ---- records of the other types, by their tables --------------------------*/

enum { NUMBER_MAX = 32 };	/* characters of a number that is read here */

/* One line on its way into a row. */
struct scan {
	struct fastscan *f;
	struct rest r;		/* of f->line */
	char *row;
};

/* Is the next member of this name?  Then it is passed over. */
static bool
skip_key(struct rest *r, const char *key)
{
	const char *q = r->p;

	if (q[-1] != '{' && (q == r->end || *q++ != ','))
		return false;
	if (q == r->end || *q++ != '"')
		return false;
	while (q < r->end && *key != '\0' && *q == *key)
		q++, key++;
	if (*key != '\0' || r->end - q < 2 || q[0] != '"' || q[1] != ':')
		return false;
	r->p = q + 2;
	return true;
}

/* A string that is a text of its own from now on. */
static bool
own_text(struct scan *s, const char **text)
{
	struct buf *line = &s->f->line;
	size_t len;

	if (!SKIP(&s->r, "\"") || !plain_string(&s->r, text, &len))
		return false;
	line->data[(size_t)(*text - line->data) + len] = '\0';
	return true;
}

/* A number of at most 15 digits, which one division makes exactly what
 * strtod() would. */
static bool
short_number(struct rest *r, double *out)
{
	static const double power[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
	    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
	const char *q = r->p, *dot = NULL;
	int64_t v = 0;
	size_t n;

	for (; q < r->end && q - r->p <= DIGITS_MAX; q++)
		if (*q >= '0' && *q <= '9')
			v = v * 10 + (*q - '0');
		else if (*q == '.' && dot == NULL && q > r->p)
			dot = q + 1;
		else
			break;
	n = (size_t)(q - r->p) - (dot != NULL);
	if (q == r->end || (*q != ',' && *q != '}') || n == 0 ||
	    n > DIGITS_MAX)
		return false;
	*out = (double)v / power[dot != NULL ? q - dot : 0];
	r->p = q;
	return true;
}

/* Any number, to the same double as cJSON's. */
static bool
plain_number(struct rest *r, double *out)
{
	char text[NUMBER_MAX + 1], *end;
	size_t n = 0;

	if (short_number(r, out))
		return true;
	while (n < NUMBER_MAX && r->p + n < r->end && r->p[n] != '\0' &&
	    strchr("0123456789.-+eE", r->p[n]) != NULL)
		n++;
	if (n == 0 || n == NUMBER_MAX || strchr("+.eE", r->p[0]) != NULL)
		return false;
	memcpy(text, r->p, n);
	text[n] = '\0';
	*out = strtod(text, &end);
	r->p += n;
	return end == text + n && isfinite(*out);
}

/*
 * An object, as text.  Most are those of the line before, which need not be
 * parsed again to be kept as json_copy() writes them.
 */
static bool
scan_object(struct scan *s, const char **text)
{
	struct fastscan *f = s->f;
	struct buf copy = BUF_INIT;
	const char *end = NULL;
	struct json j;
	cJSON *o;
	int rc = -1;

	if (f->object.len > 0 && skip(&s->r, f->object.data, f->object.len)) {
		*text = f->kept;
		return true;
	}
	if (s->r.p == s->r.end || *s->r.p != '{')
		return false;
	o = cJSON_ParseWithLengthOpts(s->r.p, (size_t)(s->r.end - s->r.p),
	    &end, 0);
	json_init(&j, &copy);
	if (o != NULL && (rc = json_copy(&j, NULL, o, FIELD_DEPTH)) == 0) {
		buf_clear(&f->object);
		buf_add(&f->object, s->r.p, (size_t)(end - s->r.p));
		*text = f->kept = names_add(f->names, copy.data, copy.len);
		s->r.p = end;
	}
	cJSON_Delete(o);
	buf_fini(&copy);
	return rc == 0;
}

static bool
plain_bool(struct rest *r, bool *out)
{
	*out = SKIP(r, "true");
	return *out || SKIP(r, "false");
}

#define STORE(s, f, v) memcpy((s)->row + (f)->offset, &(v), sizeof(v))

/* The value of a member into the row: what field_read() makes of it. */
static bool
scan_value(struct scan *s, const struct field *f)
{
	const char *text = NULL;
	bool is_read = false, is_true;
	int64_t count;
	double real;

	if (SKIP(&s->r, "null")) {
		if (f->kind == FIELD_TEXT)
			STORE(s, f, text);
		return true;
	}
	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_LABEL:
	case FIELD_JSON:
		is_read = f->kind == FIELD_JSON ? scan_object(s, &text) :
		    own_text(s, &text);
		STORE(s, f, text);
		break;
	case FIELD_COUNT:
		if ((is_read = plain_integer(&s->r, &count)))
			STORE(s, f, count);
		break;
	case FIELD_REAL:
		if ((is_read = plain_number(&s->r, &real)))
			STORE(s, f, real);
		break;
	case FIELD_BOOL:
		if ((is_read = plain_bool(&s->r, &is_true)))
			STORE(s, f, is_true);
		break;
	default:	/* stands in rare records alone */
		break;
	}
	return is_read;
}

/* The members of one object, f to end of the table, as far as they stand in
 * this order. */
static bool
scan_members(struct scan *s, const struct field *f, const struct field *end)
{
	for (; f < end; f++)
		if (skip_key(&s->r, f->key) && !scan_value(s, f))
			return false;
	return true;
}

/* The list of processes of a sample, which no row has. */
static bool
skip_pids(struct rest *r)
{
	int64_t pid;

	if (!SKIP(r, ",\"pids\":[") || SKIP(r, "]"))
		return true;
	while (plain_integer(r, &pid))
		if (!SKIP(r, ","))
			return SKIP(r, "]");
	return false;
}

static bool
scan_row(struct scan *s, const struct schema *schema)
{
	const struct field *f = schema->fields, *end, *all = f +
	    schema->n_fields;

	for (; f < all; f = end) {
		for (end = f + 1; end < all && field_is_in(end, f->group); )
			end++;
		if (f->group == NULL) {
			if (!scan_members(s, f, end))
				return false;
		} else if (skip_key(&s->r, f->group) && !SKIP(&s->r, "null") &&
		    !(SKIP(&s->r, "{") && scan_members(s, f, end) &&
		    SKIP(&s->r, "}"))) {
			return false;
		}
	}
	return SKIP(&s->r, "}") && s->r.p == s->r.end;
}

bool
fastscan_record(struct fastscan *f, struct slice line, struct fastrecord *out)
{
	struct scan s = { .f = f, .row = (char *)&out->row };
	const char *type;

	buf_clear(&f->line);
	buf_add(&f->line, line.p, line.len);
	s.r = (struct rest){ f->line.data, f->line.data + line.len };
	if (!SKIP(&s.r, "{\"type\":") || !own_text(&s, &type))
		return false;
	out->type = record_type_of(type);
	if (out->type != RECORD_STEP && out->type != RECORD_REQUEST &&
	    out->type != RECORD_RESPONSE && out->type != RECORD_MEM)
		return false;
	raw_init(out->type, &out->row);
	return SKIP(&s.r, ",\"run\":") && own_text(&s, &out->run) &&
	    SKIP(&s.r, ",\"t_ns\":") && plain_integer(&s.r, &out->t_ns) &&
	    skip_pids(&s.r) && scan_row(&s, raw_schema(out->type));
}

void
fastscan_fini(struct fastscan *f)
{
	buf_fini(&f->line);
	buf_fini(&f->object);
}
