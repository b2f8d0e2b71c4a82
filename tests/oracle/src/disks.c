// SPDX-License-Identifier: GPL-2.0
/* The disks below: what is on them, and bringing it back to where it was. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <linux/fs.h>

#include "oracle.h"

#define CHUNK	(256u << 10)

struct disk disks[16];
unsigned int disk_count;

static char *chunk_buffer(void)
{
	static void *p;

	if (!p && posix_memalign(&p, 4096, CHUNK))
		die("no memory");
	return p;
}

static void limit_path(char *path, size_t len, struct disk *d)
{
	snprintf(path, len, "/sys/block/%s/queue/max_sectors_kb", d->name);
}

/* What the sequence may have changed below, back to what disks_init() found. */
void disks_restore(void)
{
	unsigned int i;
	int rw = 0;

	for (i = 0; i < disk_count; i++) {
		struct disk *d = &disks[i];
		char path[128];
		FILE *f;
		int fd;

		limit_path(path, sizeof(path), d);
		f = fopen(path, "w");
		if (!f || fprintf(f, "%u\n", d->max_sectors_kb) < 0 || fclose(f))
			die("%s: %s", path, strerror(errno));
		fd = open(d->path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || ioctl(fd, BLKROSET, &rw))
			die("%s: %s", d->path, strerror(errno));
		close(fd);
	}
}

/* @list: paths with a comma between them. */
void disks_init(const char *list)
{
	char *copy = strdup(list), *p = copy, *path;

	while ((path = strsep(&p, ","))) {
		struct disk *d = &disks[disk_count];
		uint64_t bytes = 0;
		char limit[128];
		struct stat st;
		FILE *f;
		int fd, lbs = 0;

		if (disk_count == ARRAY_SIZE(disks))
			die("too many disks");
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &st) || ioctl(fd, BLKGETSIZE64, &bytes) ||
		    ioctl(fd, BLKSSZGET, &lbs))
			die("%s: %s", path, strerror(errno));
		close(fd);
		strncpy(d->path, path, sizeof(d->path) - 1);
		strncpy(d->name, strrchr(path, '/') + 1, sizeof(d->name) - 1);
		d->major = major(st.st_rdev);
		d->minor = minor(st.st_rdev);
		d->sectors = bytes >> 9;
		d->lbs = lbs;
		limit_path(limit, sizeof(limit), d);
		f = fopen(limit, "r");
		if (!f || fscanf(f, "%u", &d->max_sectors_kb) != 1)
			die("%s: %s", limit, strerror(errno));
		fclose(f);
		disk_count++;
	}
	free(copy);
}

/* Contents that depend on the seed and the place alone. */
void disks_fill(uint64_t seed)
{
	uint64_t *buf = (uint64_t *)chunk_buffer();
	unsigned int i;

	for (i = 0; i < disk_count; i++) {
		int fd = open(disks[i].path, O_WRONLY | O_DIRECT | O_CLOEXEC);
		uint64_t off, end = disks[i].sectors << 9;

		if (fd < 0)
			die("%s: %s", disks[i].path, strerror(errno));
		for (off = 0; off < end; off += CHUNK) {
			size_t n = end - off < CHUNK ? end - off : CHUNK, k;

			for (k = 0; k < n / 8; k++)
				buf[k] = (off + k * 8) ^ (seed << 48) ^
					 ((uint64_t)i << 40);
			if (pwrite(fd, buf, n, off) != (ssize_t)n)
				die("%s: %s", disks[i].path, strerror(errno));
		}
		close(fd);
	}
}

void disk_hash(unsigned int i)
{
	uint64_t h = 0, off, end = disks[i].sectors << 9;
	int fd = open(disks[i].path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	char *buf = chunk_buffer();

	if (fd < 0) {
		log_add("  = %s: %s\n", disks[i].name, err_name(errno));
		return;
	}
	for (off = 0; off < end; off += CHUNK) {
		ssize_t n = pread(fd, buf, CHUNK, off);

		if (n <= 0) {
			log_add("  = %s at %llu: %s\n", disks[i].name,
				(unsigned long long)off, err_name(errno));
			break;
		}
		h = hash_bytes(buf, n, h);
	}
	close(fd);
	log_add("  = %s %016llx\n", disks[i].name, (unsigned long long)h);
}
