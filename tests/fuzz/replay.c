/*
 * Runs every file of a corpus folder through a fuzz target, so that what the
 * fuzzer once found stays fixed.  Usage: replay DIR
 */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
replay_file(const char *dir, const char *name)
{
	static uint8_t data[1 << 20];
	uint8_t *exact;
	char path[1024];
	FILE *fp;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((fp = fopen(path, "rb")) == NULL) {
		perror(path);
		exit(4);
	}
	len = fread(data, 1, sizeof(data), fp);
	fclose(fp);
	/* An exact allocation, so that ASan sees a read one byte too far. */
	exact = malloc(len > 0 ? len : 1);
	for (size_t i = 0; i < len; i++)
		exact[i] = data[i];
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

int
main(int argc, char *argv[])
{
	struct dirent *e;
	DIR *d;
	int n = 0;

	if (argc != 2 || (d = opendir(argv[1])) == NULL) {
		fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
		return 2;
	}
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.') {
			replay_file(argv[1], e->d_name);
			n++;
		}
	closedir(d);
	printf("ok 1 - %s: %d inputs replayed\n1..1\n", argv[1], n);
	return n > 0 ? 0 : 1;
}
