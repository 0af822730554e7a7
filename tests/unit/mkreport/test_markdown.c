#include "tap.h"

#include <stdlib.h>

#include "text/markdown.h"

struct pair {
	const char *in, *want, *name;
};

static const struct pair names[] = {
	{ "llama-3.3-70b@q6_k", "`llama-3.3-70b@q6_k`", "a plain name" },
	{ "a|b", "`a\xc2\xa6" "b`", "a bar cannot end a cell" },
	{ "a\\|b", "`a\\\xc2\xa6" "b`", "nor with a backslash before it" },
	{ "a`b``c", "`a'b''c`", "backticks cannot end the span" },
	{ "<script>", "`<script>`", "HTML is left to the code span" },
	{ "a\nb\tc", "`a b c`", "line ends and tabs are spaces" },
	{ "\x1b[31mred", "`\xef\xbf\xbd[31mred`", "an escape is replaced" },
	{ "a\xe2\x80\xaegnp", "`a\xef\xbf\xbdgnp`",
	    "a right-to-left override is replaced" },
	{ "\xff\xfe", "`\xef\xbf\xbd\xef\xbf\xbd`", "invalid UTF-8" },
	{ "", "(empty)", "an empty name" },
	{ NULL, "not known", "no name" },
	{ "\xe6\xa8\xa1\xe5\x9e\x8b", "`\xe6\xa8\xa1\xe5\x9e\x8b`",
	    "other scripts stay" }
};

static const struct pair texts[] = {
	{ "4096 of 8192", "4096 of 8192", "plain text" },
	{ "a*b _c_ d", "a\\*b \\_c\\_ d", "emphasis is escaped" },
	{ "model_load_failed", "model_load_failed", "but not inside a word" },
	{ "llama@q4_k_m: x", "llama@q4_k_m: x", "nor an at sign there" },
	{ "me@x.org", "me&#64;x.org", "unless it could be an address" },
	{ "[x](javascript:y)", "\\[x\\](javascript:y)", "no link" },
	{ "<b>&amp;", "\\<b\\>\\&amp;", "no HTML, no entity" },
	{ "see http://x.y", "see http&#58;//x.y", "no autolink" },
	{ "www.x.y", "&#119;ww.x.y", "nor one by www" },
	{ "@you", "&#64;you", "no mention" },
	{ "a|b\n# c", "a\xc2\xa6" "b \\# c", "no cell, no heading" }
};

static void
test_table(void)
{
	static const char *const columns[] = { "a|b", "c" };
	struct buf out = BUF_INIT;
	struct md_table t;

	md_table_begin_names(&t, &out, "X|n:", columns, 2, "Last");
	md_cell(&t, "%s", "one");
	md_cell(&t, "%d", 2);
	md_cell_name(&t, "v");
	md_cell(&t, "%s", "w");
	md_cell(&t, " ");
	md_row_end(&t);
	md_table_end(&t);
	is_text(buf_cstr(&out),
	    "| X | n | `a\xc2\xa6" "b` | `c` | Last |\n"
	    "|---|---:|---:|---:|---|\n"
	    "| one | 2 | `v` | w |   |\n\n", "a table");
	buf_fini(&out);
}

static void
test_cut(void)
{
	struct buf out = BUF_INIT;
	char *name = malloc(10001);

	memset(name, 'x', 10000);
	name[10000] = '\0';
	md_name(&out, name);
	ok(out.len == MD_NAME_CHARS + 2 + 3, "10 kB become 64 characters");
	buf_clear(&out);
	md_name_cut(&out, "\xc3\xa4\xc3\xb6\xc3\xbc", 2);
	is_text(buf_cstr(&out), "`\xc3\xa4\xe2\x80\xa6\xc3\xbc`",
	    "cut between characters");
	buf_clear(&out);
	md_name_cut(&out, "qwen3-30b-a3b-instruct-2507-gguf-q4_k_m", 24);
	is_text(buf_cstr(&out), "`qwen3-30b-a3\xe2\x80\xa6-gguf-q4_k_m`",
	    "what tells it from its like stays");
	buf_clear(&out);
	md_name_cut(&out, "\xc3\xa4\xc3\xb6", 2);
	is_text(buf_cstr(&out), "`\xc3\xa4\xc3\xb6`", "not cut when it fits");
	buf_fini(&out);
	free(name);
}

int
main(void)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		buf_clear(&out);
		md_name(&out, names[i].in);
		is_text(buf_cstr(&out), names[i].want, names[i].name);
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_clear(&out);
		md_text(&out, texts[i].in, 300);
		is_text(buf_cstr(&out), texts[i].want, texts[i].name);
	}
	buf_fini(&out);
	test_table();
	test_cut();
	return tap_done();
}
