/*
 * A server that nobody has heard of is one file: this one.  The table of this
 * test is in place of the program's, and everything else serves it: detection,
 * list, load, request, answer, unload.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/api.h"
#include "server/detect.h"
#include "tap.h"
#include "xalloc.h"

/* ---- the server, as lmsdrive knows it ------------------------------------ */

static bool
is_list(const cJSON *o)
{
	return cJSON_IsArray(json_get(o, "parrots"));
}

static bool
is_it(struct client *c)
{
	api_ask_version(c, "/cage", "age");
	return strcmp(c->version, "7") == 0;
}

static void
read_model(struct model *m, const cJSON *o)
{
	m->format = xstrdup("feathers");
	m->size_bytes = json_get_int(o, "grams", -1);
}

/* The load call; and the unload call. */
static int
call(struct client *c, const char *path, const char *body, char *error)
{
	struct reply r;
	cJSON *o = client_call(c, path, body, 0, &r);
	int rc = json_get_bool(o, "fine", false) ? 0 : -1;

	if (rc == -1)
		loading_explain(error, &r);
	cJSON_Delete(o);
	reply_fini(&r);
	return rc;
}

static int
load(struct client *c, const struct load_request *q,
    struct loading_result *out)
{
	char *body = xasprintf("{\"wake\":\"%s\"}", q->model);
	int rc = call(c, "/wake", body, out->error);

	free(body);
	return rc;
}

static int
unload(struct client *c, const char *instance, int64_t timeout_ns, char *error)
{
	(void)timeout_ns;
	return call(c, "/hush", instance, error);
}

static void
write_body(struct json *j, const struct step *s, const char *prompt,
    const struct history *h)
{
	(void)h;
	(void)s;
	json_str(j, "repeat", prompt);
}

static size_t
take(struct facts *f, const char *type, const cJSON *o, struct piece *pieces)
{
	size_t n = dialect_text(f, pieces, 0, CHUNK_CONTENT,
	    json_get(o, "said"));

	f->is_closed = strcmp(type, "enough") == 0;
	return n;
}

static const struct dialect parrots = { .take = take, .answer = "said" };

static const struct server_api api_parrot = {
	.api = API_OPENAI, .name = "Parrot",
	.list = "/parrots", .is_list = is_list, .is_it = is_it,
	.models = "parrots", .key = "nick", .read_model = read_model,
	.loads = true, .load = load, .unload = unload,
	.chat = "/say", .sampling = { [SAMPLING_MAX_TOKENS] = "times" },
	.write_body = write_body, .dialect = &parrots
};

const struct server_api *const server_apis[] = { &api_parrot, NULL };

/* A name of 300 bytes. */
#define TEN "0123456789"
#define LONG_100 TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define LONG LONG_100 LONG_100 LONG_100

/* ---- the server itself --------------------------------------------------- */

static const struct {
	const char *request, *body;
} answers[] = {
	{ "GET /parrots ",
	    "{\"parrots\":[{\"nick\":\"polly\",\"grams\":400}]}" },
	{ "GET /cage ", "{\"age\":\"7\"}" },
	{ "POST /wake ", "{\"fine\":true}" },
	{ "POST /hush ", "{\"error\":\"it does not want to\"}" },
	{ "POST /api/v1/models/load ", "{\"instance_id\":\"" LONG "\","
	    "\"load_time_seconds\":-1,\"load_config\":[]}" },
	{ "POST /nameless/api/v1/models/load ", "{\"instance_id\":\"\"}" }
};

static void
answer(int fd)
{
	char request[4096] = "", out[512];
	const char *body = "{}";
	size_t got = 0;
	ssize_t n;

	/* Small enough to come with the headers, or right behind them. */
	while ((strstr(request, "\r\n\r\n") == NULL ||
	    (request[0] == 'P' && strchr(request, '{') == NULL &&
	    strstr(request, "polly") == NULL)) &&
	    (n = read(fd, request + got, sizeof(request) - 1 - got)) > 0)
		request[got += (size_t)n] = '\0';
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (strncmp(request, answers[i].request,
		    strlen(answers[i].request)) == 0)
			body = answers[i].body;
	n = snprintf(out, sizeof(out), "HTTP/1.1 200 OK\r\nConnection: close"
	    "\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
	(void)!write(fd, out, (size_t)n);
	close(fd);
}

/* Returns its pid; *port is where it listens. */
static pid_t
start(int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	pid_t pid;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || bind(fd, (struct sockaddr *)&a, len) == -1 ||
	    listen(fd, 8) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) == -1)
		exit(1);
	*port = ntohs(a.sin_port);
	if ((pid = fork()) == 0)
		for (;;)
			answer(accept(fd, NULL, NULL));
	close(fd);
	return pid;
}

static void
use(struct client *c)
{
	const struct load_request q = { "polly", NULL, -1, 0 };
	char why[DETECT_REASON_CAP], error[LOADING_ERROR_CAP];
	struct loading_result loaded;
	struct models list;

	ok(detect_api(c, why, sizeof(why)) == DETECT_OK, "it is found");
	ok(c->api == &api_parrot, "as itself");
	is_text(c->name, "Parrot", "its name");
	is_text(c->version, "7", "its version");
	ok(loading_list(c, &list, error) == 0, "its list is read");
	ok(list.n == 1 && list.v[0].size_bytes == 400 &&
	    strcmp(list.v[0].format, "feathers") == 0, "what is in it");
	models_fini(&list);
	ok(loading_is_possible(c) && !loading_takes_options(c), "it loads");
	loading_result_init(&loaded, q.model);
	ok(loading_load(c, &q, &loaded) == 0, "and did");
	is_text(loaded.instance, "polly", "what was asked for");
	ok(loading_unload(c, "polly", 0, error) == -1, "it may refuse");
	is_text(error, "it does not want to", "in its own words");
	loading_result_fini(&loaded);
}

/* LM Studio says that it did, but not what, or not for how long. */
static void
believe(struct client *c)
{
	const struct load_request q = { "polly", NULL, -1, 0 };
	struct loading_result loaded;

	c->api = &api_lmstudio;
	loading_result_init(&loaded, q.model);
	ok(loading_load(c, &q, &loaded) == 0 && isnan(loaded.server_load_s) &&
	    loaded.context_length == -1, "no time that a load takes");
	is_text(loaded.instance, LONG, "its whole name");
	loading_result_fini(&loaded);
	free(c->url);
	c->url = xasprintf("http://127.0.0.1:%d/nameless", c->port);
	loading_result_init(&loaded, q.model);
	ok(loading_load(c, &q, &loaded) == -1, "no name to ask for");
	is_text(loaded.error, "HTTP 200: {\"instance_id\":\"\"}", "as it said");
	loading_result_fini(&loaded);
}

static void
talk(void)
{
	static const char said[] = "{\"said\":\"hello\"}";
	struct piece p[PIECES_MAX];
	struct buf body = BUF_INIT;
	struct facts f;
	struct step s;

	step_init(&s);
	s.sampling.max_tokens = 3;
	body_write(&body, &api_parrot, "polly", &s, "hello", NULL);
	is_text(buf_cstr(&body), "{\"model\":\"polly\",\"times\":3,"
	    "\"repeat\":\"hello\"}", "a request in its words");
	is_text(body_path(&api_parrot, &s), "/say", "where it goes");
	facts_init(&f);
	ok(dialect_event(&f, api_parrot.dialect, "enough", said, strlen(said),
	    p) == 1, "its answer is read");
	ok(f.is_closed && strcmp(buf_cstr(&f.text), "hello") == 0,
	    "to the end");
	facts_fini(&f);
	step_fini(&s);
	buf_fini(&body);
}

int
main(void)
{
	struct step_server conf = { .url = NULL };
	struct client c;
	struct loop loop;
	struct net *net;
	pid_t pid;
	int port;

	pid = start(&port);
	conf.url = xasprintf("http://127.0.0.1:%d", port);
	if (loop_init(&loop, NULL) == -1 ||
	    (net = net_new(&loop, NULL)) == NULL)
		return 1;
	client_init(&c, net, &conf, 1000000000);
	use(&c);
	believe(&c);
	talk();
	client_fini(&c);
	net_free(net);
	loop_fini(&loop);
	free(conf.url);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return tap_done();
}
