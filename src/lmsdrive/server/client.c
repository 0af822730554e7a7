#include "api.h"

#include <curl/curl.h>

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "diag.h"
#include "url.h"
#include "xalloc.h"

#define CALL_NS (10 * NS_PER_S)
#define RETRY_NS (100 * NS_PER_MS)	/* before the first retry */

/* The token in the variable; a line end behind it is not part of it. */
static void
take_token(struct client *c, const char *variable)
{
	const char *token = variable != NULL ? getenv(variable) : NULL;
	size_t len = token != NULL ? strlen(token) : 0, i;

	while (len > 0 && (token[len - 1] == '\n' || token[len - 1] == '\r'))
		len--;
	for (i = 0; i < len; i++)
		c->is_token_bad |= token[i] <= ' ' || token[i] > '~';
	if (len > 0 && !c->is_token_bad)
		c->token = xstrndup(token, len);
}

/* Without the slashes at its end. */
static size_t
url_length(const char *url)
{
	size_t len = strlen(url);

	while (len > 0 && url[len - 1] == '/')
		len--;
	return len;
}

void
client_init(struct client *c, struct net *net, const struct step_server *conf,
    int64_t connect_ns)
{
	enum sampling k;

	memset(c, 0, sizeof(*c));
	c->net = net;
	c->url = xstrndup(conf->url, url_length(conf->url));
	c->port = url_port(c->url);
	c->token_env = conf->token_env;
	take_token(c, conf->token_env);
	c->insecure = conf->insecure_loopback &&
	    url_is_loopback(c->url);
	c->keep_loaded = conf->keep_loaded;
	c->connect_ns = connect_ns;
	c->managed.command = conf->command;
	c->managed.port = c->port;
	if (conf->command != NULL && c->port == 0) {
		c->managed.port = c->port = managed_free_port();
		free(c->url);
		c->url = xasprintf("http://127.0.0.1:%d", c->port);
	}
	c->wanted = conf->api;
	for (k = 0; k < SAMPLING_KEYS; k++)
		c->sampling[k] = NAN;
}

void
client_fini(struct client *c)
{
	managed_stop(&c->managed);
	free(c->url);
	free(c->token);
	buf_fini(&c->left);
	buf_fini(&c->foreign);
	buf_fini(&c->remote);
	c->url = c->token = NULL;
}

static enum api
found_by(enum api api)
{
	return api_is_path(api) ? API_AUTO : api;
}

bool
client_is_of(const struct client *c, const struct step_server *conf)
{
	size_t len = url_length(conf->url);

	if (!step_is_same_command(c->managed.command, conf->command) ||
	    found_by(c->wanted) != found_by(conf->api))
		return false;
	return conf->command != NULL || (strlen(c->url) == len &&
	    strncmp(c->url, conf->url, len) == 0 &&
	    step_same(c->token_env, conf->token_env));
}

cJSON *
client_call(struct client *c, const char *path, const char *body,
    int64_t timeout_ns, struct reply *r)
{
	char *url = xasprintf("%s%s", c->url, path);
	struct transfer_request rq = {
		.url = url, .body = body,
		.body_len = body != NULL ? strlen(body) : 0,
		.token = c->token, .connect_ns = c->connect_ns,
		.total_ns = timeout_ns > 0 ? timeout_ns : CALL_NS,
		.insecure = c->insecure
	};
	cJSON *o = NULL;

	if (net_call(c->net, &rq, r) == 0)
		o = json_parse(r->body.data, r->body.len);
	if (c->proxy[0] == '\0')
		memcpy(c->proxy, r->proxy, sizeof(c->proxy));
	if (o != NULL && !cJSON_IsObject(o) && !cJSON_IsArray(o)) {
		cJSON_Delete(o);
		o = NULL;
	}
	free(url);
	return o;
}

/* May the same be asked again, with a hope, when left_ns may be waited? */
static bool
is_passing(const struct reply *r, int64_t left_ns)
{
	if (r->is_cancelled || r->result.is_connect_failure ||
	    r->result.is_timeout || r->result.retry_after_ns > left_ns)
		return false;
	return r->result.curl == CURLE_GOT_NOTHING ||
	    r->result.curl == CURLE_RECV_ERROR ||
	    r->result.curl == CURLE_SEND_ERROR ||
	    r->result.curl == CURLE_SEND_FAIL_REWIND ||
	    r->result.curl == CURLE_PARTIAL_FILE || r->result.http == 429 ||
	    (r->result.http >= 502 && r->result.http <= 504);
}

bool
client_pause(struct client *c, int64_t pause_ns)
{
	struct loop *loop = net_loop(c->net);
	bool was_over = loop_is_over(loop);
	int64_t until = clock_mono_ns() + (pause_ns < CLIENT_WAIT_NS ?
	    pause_ns : CLIENT_WAIT_NS);

	while (clock_mono_ns() < until) {
		net_turn(c->net, until);
		if (!was_over && loop_is_over(loop))
			return false;
	}
	return true;
}

/* A server that is yet to be found out about is waited for in silence. */
static void
say_wait(struct client *c, int64_t pause_ns)
{
	if (c->api == NULL && !c->is_wait_said && pause_ns >= NS_PER_S) {
		diag_warnx("%s: busy (%s); asked again in %lld s, as it says",
		    c->url, c->retry_why, (long long)(pause_ns / NS_PER_S));
		c->is_wait_said = true;
	}
}

cJSON *
client_call_safely(struct client *c, const char *path, const char *body,
    int64_t timeout_ns, struct reply *r)
{
	cJSON *o = client_call(c, path, body, timeout_ns, r);
	int64_t least = RETRY_NS, pause;
	int i;

	if (c->api != NULL)
		c->waited_ns = 0;
	for (i = 0; i < CLIENT_RETRIES && o == NULL &&
	    is_passing(r, CLIENT_WAIT_NS - c->waited_ns); i++) {
		if (r->result.curl != 0)
			snprintf(c->retry_why, sizeof(c->retry_why),
			    "%s: %s", path, r->error);
		else
			snprintf(c->retry_why, sizeof(c->retry_why),
			    "%s: HTTP %ld", path, r->result.http);
		c->retries++;
		pause = r->result.retry_after_ns > least ?
		    r->result.retry_after_ns : least;
		say_wait(c, pause);
		c->waited_ns += pause;
		if (!client_pause(c, pause)) {
			r->is_cancelled = true;
			break;
		}
		reply_fini(r);
		least *= 4;
		o = client_call(c, path, body, timeout_ns, r);
	}
	return o;
}

cJSON *
client_ask(struct client *c, const char *path, const char *body)
{
	struct reply r;
	cJSON *o = client_call_safely(c, path, body, 0, &r);

	reply_fini(&r);
	return o;
}

/* Something small that every server has, and that asks nothing of a model. */
static const char *
small_path(const struct client *c)
{
	return c->api != NULL && c->api->greeting != NULL ?
	    c->api->greeting : "/v1/models";
}

void
client_warm(struct client *c, int64_t count)
{
	char *url = xasprintf("%s%s", c->url, small_path(c));
	struct transfer_request rq = {
		.url = url, .token = c->token, .connect_ns = c->connect_ns,
		.total_ns = CALL_NS, .insecure = c->insecure
	};

	net_warm(c->net, &rq, count);
	free(url);
}

const char *
client_api(const struct client *c)
{
	return c->api != NULL ? api_words[c->api->api] : NULL;
}

const char *
client_asked(const struct client *c, enum api asked)
{
	return c->api != NULL && api_is_path(asked) ? api_words[asked] :
	    client_api(c);
}

void
client_take_fingerprint(struct client *c, const char *fingerprint)
{
	assert(c->api != NULL);
	if (fingerprint[0] != '\0' && c->runtime[0] == '\0' &&
	    c->api->tells_build)
		snprintf(c->runtime, sizeof(c->runtime), "%s %s", c->name,
		    fingerprint);
}

bool
client_is_alive(struct client *c)
{
	struct reply r;
	bool alive;

	cJSON_Delete(client_call(c, small_path(c), NULL, 3 * NS_PER_S, &r));
	alive = r.result.http != 0 || r.is_cancelled || r.result.is_crowded;
	reply_fini(&r);
	return alive;
}

bool
client_is_deserted(struct client *c)
{
	struct transfer_request rq = {
		.url = c->url, .connect_ns = NS_PER_S, .total_ns = NS_PER_S,
		.only_connect = true
	};
	struct reply r;
	bool is;

	if (c->proxy[0] != '\0' || strncmp(c->url, "http:", 5) != 0)
		return false;
	net_call(c->net, &rq, &r);
	is = r.result.curl == CURLE_COULDNT_CONNECT && !r.result.is_crowded;
	reply_fini(&r);
	return is;
}

void
client_write(struct json *j, const struct client *c)
{
	json_object(j, "server");
	json_str(j, "url", c->url);
	json_count(j, "port", c->port);
	json_str(j, "api", client_asked(c, c->wanted));
	json_str(j, "name", c->name[0] != '\0' ? c->name : NULL);
	json_str(j, "version", c->version[0] != '\0' ? c->version : NULL);
	if (c->process[0] != '\0')
		json_str(j, "process", c->process);
	json_str(j, "proxy", c->proxy[0] != '\0' ? c->proxy : NULL);
	json_close(j);
}
