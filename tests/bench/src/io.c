// SPDX-License-Identifier: GPL-2.0
/* What one I/O costs. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define SMALL_COUNT	2000
#define LARGE_COUNT	100
#define LARGE_ALIGN	65536

/* The same places on every device of a size, on every core. */
static void places_choose(off_t *places, size_t count, uint64_t size, size_t bytes)
{
	size_t align = bytes < LARGE_ALIGN ? bytes : LARGE_ALIGN;
	uint64_t state = 88172645463325252ULL, slots = (size - bytes) / align + 1;
	size_t i;

	for (i = 0; i < count; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		places[i] = state % slots * align;
	}
}

static double batch_time(int fd, bool write, void *buffer, size_t bytes, const off_t *places,
			 size_t count)
{
	uint64_t start = now();
	size_t i;

	for (i = 0; i < count; i++) {
		ssize_t done = write ? pwrite(fd, buffer, bytes, places[i]) :
				       pread(fd, buffer, bytes, places[i]);

		if (done != (ssize_t)bytes)
			die("%s of %zu bytes: %s", write ? "write" : "read", bytes,
			    done < 0 ? strerror(errno) : "too short");
	}
	return (double)(now() - start) / count;
}

void io_measure(const char *figure, const char *path, bool write, size_t bytes)
{
	size_t count = bytes < LARGE_ALIGN ? SMALL_COUNT : LARGE_COUNT;
	off_t *places = calloc(count, sizeof(*places));
	double *values = calloc(setting.batches, sizeof(*values));
	uint64_t size;
	void *buffer;
	unsigned int i;
	int fd;

	fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &size))
		die("%s: %s", path, strerror(errno));
	buffer = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED || !places || !values)
		die("no memory");
	/* Pages of 4 KiB, whatever the kernel would like: so each run sees the same. */
	madvise(buffer, bytes, MADV_NOHUGEPAGE);
	memset(buffer, 1, bytes);
	places_choose(places, count, size, bytes);
	batch_time(fd, write, buffer, bytes, places, count);
	for (i = 0; i < setting.batches; i++)
		values[i] = batch_time(fd, write, buffer, bytes, places, count);
	figure_print(figure, values, setting.batches);
	munmap(buffer, bytes);
	free(values);
	free(places);
	close(fd);
}
