/* The server of a configuration, and the waits it is granted. */

#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "number.h"
#include "url.h"
#include "xalloc.h"
#include "yamlread.h"

#define ROW struct step_server
static const struct field server_fields[] = {
	YAML_OTHER(NULL, "url"),
	YAML_WORD(NULL, "api", WORD, api, api_words),
	YAML_KEY(NULL, "token_env", TEXT, token_env, 0, 0),
	YAML_OTHER(NULL, "command"),
	YAML_OTHER("memory", "process"),
	YAML_KEY(NULL, "insecure_loopback", BOOL, insecure_loopback, 0, 0),
	YAML_KEY(NULL, "keep_loaded", BOOL, keep_loaded, 0, 0)
};
static const struct schema server_keys = YAML_TABLE("server", server_fields);
#undef ROW

/* ---- the address ------------------------------------------------------ */

static bool
ends_with(const char *s, size_t len, const char *tail)
{
	size_t n = strlen(tail);

	return len >= n && strncmp(s + len - n, tail, n) == 0;
}

const char *
config_url_problem(const char *url)
{
	const char *problem = url_problem(url), *path, *p;

	if (problem != NULL)
		return problem;
	path = url_path(url);
	for (p = path + strlen(path); p > path && p[-1] == '/'; p--)
		;
	if (ends_with(path, (size_t)(p - path), "/v1") ||
	    ends_with(path, (size_t)(p - path), "/v0"))
		return "the server's address alone, without /v1: the paths "
		    "of the API are added to it";
	return NULL;
}

static int
read_url(struct step_server *server, struct ynode v)
{
	const char *text = ynode_text(v), *problem;
	size_t len;

	problem = text == NULL ? "an address, as in http://127.0.0.1:1234" :
	    config_url_problem(text);
	if (problem != NULL)
		return ynode_error(v, "url: expected %s, got %s", problem,
		    text != NULL ? text : "nothing");
	len = strlen(text);
	while (text[len - 1] == '/')
		len--;
	free(server->url);
	server->url = xstrndup(text, len);
	return 0;
}

/* ---- the mapping ------------------------------------------------------ */

int
config_read_command(char ***out, struct ynode map, const char *key)
{
	struct ynode v = ynode_get(map, key), item;
	size_t len = ynode_len(v);
	char **argv;

	if (!v.is_set)
		return 0;
	if (!ynode_is_list(v) || len == 0)
		return ynode_error(v, "%s: expected a list, the program and "
		    "its arguments: [llama-server, --port, \"{port}\"]", key);
	argv = xcalloc(len + 1, sizeof(*argv));
	for (size_t i = 0; i < len; i++) {
		item = ynode_item(v, i);
		if (ynode_text(item) == NULL) {
			ynode_error(item, "%s: expected text", key);
			field_free_texts(argv);
			return -1;
		}
		argv[i] = xstrdup(ynode_text(item));
	}
	field_free_texts(*out);
	*out = argv;
	return 0;
}

void
config_free_port(struct step_server *server)
{
	free(server->url);
	server->url = xstrdup("http://127.0.0.1:0");
}

/* memory: {process: NAME | PID | [PROGRAM, ARGUMENT...]} */
static int
read_memory(struct step_server *server, struct ynode map)
{
	struct ynode memory = ynode_get(map, "memory"), v;

	if (!ynode_is_map(memory))	/* as the table has it */
		return 0;
	v = ynode_get(memory, "process");
	if (!ynode_is_list(v) && (ynode_text(v) == NULL ||
	    ynode_text(v)[0] == '\0'))
		return ynode_error(v.is_set ? v : memory, "memory: expected "
		    "{process: NAME}, a pid, or a list, the program that "
		    "prints the pid and its arguments");
	/* What was said before, of the suite's server, holds no longer. */
	free(server->process);
	field_free_texts(server->process_command);
	server->process = NULL;
	server->process_command = NULL;
	if (ynode_is_list(v))
		return config_read_command(&server->process_command, memory,
		    "process");
	server->process = xstrdup(ynode_text(v));
	return 0;
}

int
config_read_server(struct step_server *server, struct ynode map)
{
	struct ynode url, insecure;
	int rc;

	if (!map.is_set)
		return 0;
	if (ynode_text(map) != NULL)	/* server: http://... */
		return read_url(server, map);
	url = ynode_get(map, "url");
	rc = url.is_set ? read_url(server, url) : 0;
	rc |= yamlread_row(&server_keys, server_keys.type, map, server);
	rc |= config_read_command(&server->command, map, "command");
	rc |= read_memory(server, map);
	insecure = ynode_get(map, "insecure_loopback");
	if (rc == 0 && insecure.is_set && server->insecure_loopback &&
	    !url_is_loopback(server->url))
		return ynode_error(insecure, "insecure_loopback: only for a "
		    "server on this machine (localhost, 127.0.0.1, [::1]); %s "
		    "has to show a valid certificate", server->url);
	return rc;
}
