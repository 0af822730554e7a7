/* Any bytes as YAML: walked whole, asked for every type, never a crash. */
#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "yamldoc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
walk(struct ynode n, int depth)
{
	static const char *const words[] = { "a", "server", NULL };
	const char *key;
	int64_t v;
	double f;

	if (depth > 8)
		return;
	for (size_t i = 0; ynode_is_list(n) && i < ynode_len(n) && i < 64; i++)
		walk(ynode_item(n, i), depth + 1);
	if (ynode_is_map(n))
		ynode_check_keys(n, "map", words);
	for (size_t i = 0; ynode_is_map(n) && i < ynode_len(n) && i < 64; i++) {
		key = ynode_key(n, i);
		ynode_get_duration(n, key, &v);
		ynode_get_size(n, key, &v);
		ynode_get_double(n, key, -1e9, 1e9, &f);
		walk(ynode_value(n, i), depth + 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yamldoc *doc;

	diag_quiet(true);
	doc = yamldoc_parse("fuzz", (const char *)data, len);
	if (doc != NULL)
		walk(yamldoc_root(doc), 0);
	yamldoc_free(doc);
	return 0;
}
