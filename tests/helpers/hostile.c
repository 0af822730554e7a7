/*
 * A server that lists the model "m" in every API's way, and answers every chat
 * as no server should:
 *
 *	hostile PORT-FILE MODE
 *
 *	events TEXT	a million events TEXT in one HTTP chunk, then [DONE]
 *	headers		headers without end
 *	interim		"100 Continue" without end
 *	trailer		a good answer, then trailers without end
 *	open		a good answer, then nothing; the connection stays open
 *	comments	comments without end
 *	say FILE	the bytes of FILE, headers and all, then the end; what
 *			was asked is added to FILE.asked
 *	reset FILE	the same, then a TCP reset
 *	full		a good answer, but two connections are taken and no
 *			more, with no queue to speak of for the others
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" \
	"Transfer-Encoding: chunked\r\n\r\n"
#define GOOD "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}," \
	"\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"

enum { TIMES = 1000 * 1000 };

/* What is asked besides, by the beginning of the request. */
static const struct {
	const char *request, *body;
} others[] = {
	{ "GET /v1/models ",
	    "{\"object\":\"list\",\"data\":[{\"id\":\"m\"}]}" },
	{ "GET /api/v0/models ",
	    "{\"data\":[{\"id\":\"m\",\"state\":\"not-loaded\"}]}" },
	{ "GET /api/v1/models ", "{\"models\":[{\"key\":\"m\"}]}" },
	{ "POST /api/v1/models/", "{\"instance_id\":\"m\"}" },
	{ "GET /api/tags ",
	    "{\"models\":[{\"name\":\"m\",\"digest\":\"d\"}]}" },
	{ "GET /api/ps ", "{\"models\":[]}" },
	{ "GET / ", "Ollama is running" },
	{ "POST /api/generate ", "{\"done\":true}" }
};
static const char nothing[] = "HTTP/1.1 404 Not Found\r\n"
    "Content-Length: 0\r\n\r\n";

static void
say(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	for (; len > 0; bytes += n, len -= (size_t)n)
		if ((n = send(fd, bytes, len, MSG_NOSIGNAL)) <= 0)
			_exit(0);	/* the client has had enough */
}

static void
say_text(int fd, const char *text)
{
	say(fd, text, strlen(text));
}

/* As one HTTP chunk. */
static void
say_chunk(int fd, const char *text)
{
	char size[32];

	snprintf(size, sizeof(size), "%zx\r\n", strlen(text));
	say_text(fd, size);
	say_text(fd, text);
	say_text(fd, "\r\n");
}

/* text, for ever. */
static void
repeat(int fd, const char *text)
{
	char block[65536];
	size_t len = 0, n = strlen(text);

	for (; len + n <= sizeof(block); len += n)
		memcpy(block + len, text, n);
	for (;;)
		say(fd, block, len);
}

static void
million(int fd, const char *event)
{
	size_t len = strlen(event) + 2;
	char *all = malloc(len * TIMES + 1);

	for (size_t i = 0; i < TIMES; i++)
		snprintf(all + i * len, len + 1, "%s\n\n", event);
	say_text(fd, HEAD);
	say_chunk(fd, all);
	free(all);
	say_chunk(fd, "data: [DONE]\n\n");
	say_text(fd, "0\r\n\r\n");
}

static void
say_file(int fd, const char *path, const char *asked)
{
	static char bytes[1 << 20];
	FILE *f = fopen(path, "r"), *g;

	snprintf(bytes, sizeof(bytes), "%s.asked", path);
	if ((g = fopen(bytes, "a")) != NULL) {
		fputs(asked, g);
		fclose(g);
	}
	if (f != NULL)
		say(fd, bytes, fread(bytes, 1, sizeof(bytes), f));
}

static void
reset(int fd)
{
	struct linger now = { 1, 0 };

	poll(NULL, 0, 50);	/* the bytes first */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

static void
answer(int fd, char *argv[], const char *asked)
{
	static const char filler[] = "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaa\r\n";
	const char *mode = argv[2];

	if (strcmp(mode, "say") == 0 || strcmp(mode, "reset") == 0) {
		say_file(fd, argv[3], asked);
		if (mode[0] == 'r')
			reset(fd);
		_exit(0);
	} else if (strcmp(mode, "events") == 0) {
		million(fd, argv[3]);
	} else if (strcmp(mode, "headers") == 0) {
		say_text(fd, "HTTP/1.1 200 OK\r\n");
		repeat(fd, filler);
	} else if (strcmp(mode, "interim") == 0) {
		repeat(fd, "HTTP/1.1 100 Continue\r\n\r\n");
	} else {
		say_text(fd, HEAD);
		if (strcmp(mode, "comments") == 0)
			repeat(fd, "10\r\n: keep waiting\n\n\r\n");
		say_chunk(fd, GOOD);
		if (strcmp(mode, "trailer") == 0) {
			say_text(fd, "0\r\n");
			repeat(fd, filler);
		}
	}
}

/* A whole request, with its body.  Returns 0 at the end. */
static int
hear(int fd, char *request, size_t cap)
{
	const char *end, *length;
	size_t got = 0, want = 0;
	ssize_t n;

	do {
		if ((n = read(fd, request + got, cap - 1 - got)) <= 0)
			return 0;
		request[got += (size_t)n] = '\0';
		if ((end = strstr(request, "\r\n\r\n")) == NULL)
			continue;
		length = strstr(request, "Content-Length: ");
		want = (size_t)(end + 4 - request) + (length != NULL ?
		    (size_t)atol(length + 16) : 0);
	} while (want == 0 || got < want);
	return 1;
}

static void
serve(int fd, char *argv[])
{
	char request[65536], head[128];
	size_t i, n_others = sizeof(others) / sizeof(others[0]);

	while (hear(fd, request, sizeof(request))) {
		for (i = 0; i < n_others && strncmp(request, others[i].request,
		    strlen(others[i].request)) != 0;)
			i++;
		if (i < n_others) {
			snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\n"
			    "Content-Type: application/json\r\n"
			    "Content-Length: %zu\r\n\r\n",
			    strlen(others[i].body));
			say_text(fd, head);
			say_text(fd, others[i].body);
		} else if (strncmp(request, "POST", 4) == 0)
			answer(fd, argv, request);
		else
			say(fd, nothing, sizeof(nothing) - 1);
	}
}

int
main(int argc, char *argv[])
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0), client, n = 0;
	FILE *f;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (argc < 3 || listener == -1 ||
	    bind(listener, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    listen(listener, strcmp(argv[2], "full") == 0 ? 0 : 16) == -1 ||
	    getsockname(listener, (struct sockaddr *)&a, &len) == -1 ||
	    (f = fopen(argv[1], "w")) == NULL)
		return 1;
	fprintf(f, "%d\n", ntohs(a.sin_port));
	fclose(f);
	setpgid(0, 0);
	signal(SIGCHLD, SIG_IGN);
	while ((client = accept(listener, NULL, NULL)) != -1) {
		if (fork() == 0) {
			serve(client, argv);
			_exit(0);
		}
		close(client);
		if (strcmp(argv[2], "full") == 0 && ++n == 2)
			pause();
	}
	return 1;
}
