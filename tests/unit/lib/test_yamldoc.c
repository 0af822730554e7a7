/* Typed values from YAML; messages are checked by the CLI tests. */
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "tap.h"
#include "yamldoc.h"

static const char text[] =
    "a: 100ms\n"
    "b: {c: [1, two], d: ~, size: 8GiB}\n"
    "quoted: \"8\"\n"
    "flag: yes\n"
    "word: mlx\n"
    "f: 0.25\n";

static void
test_values(struct ynode root)
{
	static const char *const formats[] = { "gguf", "mlx", NULL };
	struct ynode b = ynode_get(root, "b");
	const char *s = NULL;
	int64_t v = -1;
	bool flag = false;
	double f = 0;
	int word = -1;

	ok(ynode_get_duration(root, "a", &v) == 0 && v == 100000000,
	    "a duration");
	ok(ynode_get_size(b, "size", &v) == 0 && v == INT64_C(8) << 30,
	    "a size");
	ok(ynode_get_bool(root, "flag", &flag) == 0 && flag, "a boolean");
	ok(ynode_get_double(root, "f", 0, 1, &f) == 0 && f == 0.25,
	    "a number");
	ok(ynode_get_word(root, "word", formats, &word) == 0 && word == 1,
	    "one of several words");
	ok(ynode_get_str(root, "word", &s) == 0 && strcmp(s, "mlx") == 0,
	    "text");
	ok(ynode_len(ynode_get(b, "c")) == 2 && strcmp(ynode_text(
	    ynode_item(ynode_get(b, "c"), 1)), "two") == 0, "a list");
	ok(ynode_is_quoted(ynode_get(root, "quoted")) &&
	    !ynode_is_quoted(ynode_get(root, "word")), "quotes are seen");
	v = 7;
	ok(ynode_get_int(root, "absent", 0, 9, &v) == 0 && v == 7,
	    "an absent key keeps the default");
}

static void
test_refusals(struct ynode root)
{
	static const char *const keys[] = { "a", "b", NULL };
	static const char *const formats[] = { "gguf", NULL };
	int64_t v = 7;
	bool flag = true;
	double f = 7;
	int word = 7;

	ok(ynode_get_duration(root, "word", &v) == -1 && v == 7,
	    "a word is no duration");
	ok(ynode_get_int(root, "f", 0, 9, &v) == -1 && v == 7,
	    "a fraction is no integer");
	ok(ynode_get_double(root, "f", 1, 2, &f) == -1 && f == 7,
	    "out of range");
	ok(ynode_get_bool(root, "a", &flag) == -1 && flag, "not a boolean");
	ok(ynode_get_word(root, "word", formats, &word) == -1 && word == 7,
	    "not one of the words");
	ok(ynode_check_keys(root, "top", keys) == -1, "unknown keys");
	ok(ynode_expect_map(ynode_get(root, "a"), "a") == -1, "not a mapping");
}

/* Is a text of n times in, then n times out, taken? */
static bool
takes(const char *in, const char *out, int n)
{
	struct buf b = BUF_INIT;
	struct yamldoc *doc;

	for (int i = 0; i < n; i++)
		buf_adds(&b, in);
	for (int i = 0; i < n; i++)
		buf_adds(&b, out);
	doc = yamldoc_parse("t", buf_cstr(&b), b.len);
	buf_fini(&b);
	yamldoc_free(doc);
	return doc != NULL;
}

/* A million levels would take libyaml a day. */
static void
test_depth(void)
{
	ok(takes("[", "]", 32), "32 lists within each other");
	ok(!takes("[", "]", 33), "33 lists are refused");
	ok(!takes("[", "]", 1000000), "a million lists are refused");
	ok(!takes("[", "", 1000000), "a million lists without an end, too");
	ok(!takes("{a: ", "}", 1000000), "a million mappings, too");
	ok(!takes("- ", "", 1000000), "a million lists by indentation, too");
	ok(!takes("? ", "", 1000000), "a million keys of keys, too");
}

static void
test_documents(void)
{
	ok(takes("---\na: 1\n...\n", "", 1), "one document, begun and ended");
	ok(!takes("---\na: 1\n", "", 2), "two documents are refused");
	ok(!takes("a: 1\n---\n", "", 1), "an empty second one, too");
}

int
main(void)
{
	struct yamldoc *doc = yamldoc_parse("t", text, sizeof(text) - 1);

	diag_quiet(true);
	test_values(yamldoc_root(doc));
	test_refusals(yamldoc_root(doc));
	yamldoc_free(doc);
	ok(yamldoc_parse("t", "a: [", 4) == NULL, "broken YAML is refused");
	doc = yamldoc_parse("t", "", 0);
	ok(doc != NULL && !yamldoc_root(doc).is_set, "an empty document");
	yamldoc_free(doc);
	test_depth();
	test_documents();
	return tap_done();
}
