/* Rows found by what they are about. */
#include <string.h>

#include "read/evidence.h"
#include "tap.h"

static void
add(struct evidence_set *set, const char *line)
{
	struct slice s = { line, strlen(line) };

	evidence_add(set, s);
}

/* How many rows of a type fit. */
static size_t
count(const struct evidence_set *set, enum row_type type, struct row_key key)
{
	const void *row = NULL;
	size_t n = 0;

	while ((row = evidence_find(set->v, type, &key, row)) != NULL)
		n++;
	return n;
}

#define ROW(type, rest) \
	"{\"type\":\"" type "\",\"run\":\"r\",\"t_ns\":0," rest "}"

static void
test_find(const struct evidence_set *set)
{
	const struct row_key b = { .pair = "p", .variant = "b" };
	const struct row_metric *m;

	ok(count(set, ROW_METRIC, (struct row_key){ NULL }) == 4,
	    "a key of nothing fits all");
	ok(count(set, ROW_METRIC, b) == 2, "two members, two rows");
	m = evidence_find(set->v, ROW_METRIC, &b, NULL);
	ok(m != NULL && m->n == 3, "the first of them");
	m = evidence_find(set->v, ROW_METRIC, &b, m);
	ok(m != NULL && m->n == 4, "the one behind it");
	ok(evidence_find(set->v, ROW_METRIC, &b, m) == NULL, "and no more");
	ok(count(set, ROW_METRIC, (struct row_key){
	    .by = evidence_none }) == 3, "what says nothing");
	ok(count(set, ROW_METRIC, (struct row_key){
	    .by = evidence_like("turn"), .level = "2" }) == 1, "a level");
	ok(count(set, ROW_METRIC, (struct row_key){
	    .by = evidence_like(NULL), .variant = "a" }) == 1, "like nothing");
	ok(count(set, ROW_LEAK, b) == 0, "no rows, none found");
	ok(count(set, ROW_DOMAIN, (struct row_key){
	    .pair = "p", .domain = "code" }) == 1, "a member of a record");
}

int
main(void)
{
	struct evidence_set set = EVIDENCE_SET_INIT;

	add(&set, ROW("metric", "\"pair\":\"p\",\"variant\":\"a\",\"n\":1"));
	add(&set, ROW("metric", "\"pair\":\"p\",\"variant\":\"a\",\"n\":2,"
	    "\"by\":\"turn\",\"level\":\"2\""));
	add(&set, ROW("metric", "\"pair\":\"p\",\"variant\":\"b\",\"n\":3"));
	add(&set, ROW("metric", "\"pair\":\"p\",\"variant\":\"b\",\"n\":4"));
	add(&set, ROW("moe", "\"pair\":\"p\",\"variant\":\"b\",\"domains\":["
	    "{\"domain\":\"math\"},{\"domain\":\"code\"}]"));
	test_find(&set);
	evidence_fini(&set);
	return tap_done();
}
