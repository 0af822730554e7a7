/* lmgauge-records(5) names every key of every table, in the section of its
 * record. */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "metric.h"
#include "ndjson.h"
#include "raw.h"
#include "tap.h"

/* A section of the manual: the words on its lines for literals. */
static struct section {
	char name[64];
	struct buf words;		/* " word word " */
} sections[64];
static size_t n_sections;

/* The words behind a macro that has literals: .Cm a , b  .It Cm c */
static void
add_words(struct buf *out, char *line)
{
	char *word;

	for (word = strtok(line, " "); word != NULL; word = strtok(NULL, " "))
		buf_addf(out, " %s ", word);
}

static void
read_manual(const char *path)
{
	struct ndjson *in = ndjson_open(path);
	struct section *s = &sections[0];
	struct slice line;
	char text[256];

	while (in != NULL && ndjson_next(in, &line) == NDJSON_LINE) {
		snprintf(text, sizeof(text), "%.*s", (int)line.len, line.p);
		if (strncmp(text, ".Ss ", 4) == 0) {
			s = &sections[++n_sections];
			snprintf(s->name, sizeof(s->name), " %.60s ", text + 4);
		} else if (strncmp(text, ".Sh ", 4) == 0) {
			s = &sections[++n_sections];
		} else if (strncmp(text, ".Cm ", 4) == 0 ||
		    strncmp(text, ".Pq ", 4) == 0 ||
		    strncmp(text, ".It Cm ", 7) == 0 ||
		    strncmp(text, ".Po ", 4) == 0) {
			add_words(&s->words, text);
		}
	}
	ndjson_close(in);
}

/* Is key a literal in a section of that name? */
static int
is_there(const char *section, const char *key)
{
	char name[64], word[80];

	snprintf(name, sizeof(name), " %s ", section);
	snprintf(word, sizeof(word), " %s ", key);
	for (size_t i = 0; i <= n_sections; i++)
		if (strstr(sections[i].name, name) != NULL &&
		    strstr(buf_cstr(&sections[i].words), word) != NULL)
			return 1;
	return 0;
}

/* Where the members of one record stand, beside its own section. */
static const char *
also_in(enum row_type type)
{
	switch (type) {
	case ROW_MODEL:
		return "run";
	case ROW_DOMAIN:
		return "moe";
	case ROW_SAMPLE:
		return "metric";	/* "and every metric above" */
	default:
		return "";
	}
}

static void
check(const struct schema *s, unsigned cases, const char *also)
{
	struct buf missing = BUF_INIT;
	const struct field *f;

	for (f = s->fields; f < s->fields + s->n_fields; f++)
		if ((f->when == 0 || (f->when & cases) != 0) &&
		    !is_there(s->type, f->key) && !is_there(also, f->key))
			buf_addf(&missing, " %s", f->key);
	is_text(buf_cstr(&missing), "", s->type);
	buf_fini(&missing);
}

static void
check_raw(void)
{
	static const struct {
		enum record_type type;
		unsigned cases;
	} rows[] = {
		{ RECORD_STEP, 0 }, { RECORD_LOAD, OF_LOAD },
		{ RECORD_UNLOAD, OF_UNLOAD }, { RECORD_IDLE, IDLE_PHASE },
		{ RECORD_REQUEST, 0 }, { RECORD_CHUNK, ~0u },
		{ RECORD_RESPONSE, ~0u }, { RECORD_MEM, 0 },
		{ RECORD_PROC, ~0u },
		{ RECORD_NOTE, 0 }, { RECORD_DECIDED, 0 }, { RECORD_END, ~0u }
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(raw_schema(rows[i].type), rows[i].cases, "");
}

int
main(void)
{

	read_manual("src/lib/lmgauge-records.5");
	ok(is_there("run", "tool") && !is_there("run", "points"),
	    "the manual can be read");
	for (int type = 0; type < ROW_WRITTEN; type++)
		check(schema_of((enum row_type)type), ~0u,
		    also_in((enum row_type)type));
	check_raw();
	for (size_t i = 0; i < M_COUNT; i++)
		ok(i == M_PEAK_MEMORY || is_there("metric",
		    metric_name((enum metric)i)), "%s",
		    metric_name((enum metric)i));
	for (size_t i = 0; i <= n_sections; i++)
		buf_fini(&sections[i].words);
	return tap_done();
}
