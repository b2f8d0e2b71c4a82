/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the data clients share: the pattern that a sector carries, small
 * parsing helpers, errno by name.
 *
 * A stamped sector names its own address and the generation of the write that
 * put it there; the rest of it is derived from both. So one look at a sector of
 * a lower disk tells whether the right bytes are in the right place, and a
 * sector made up of two writes is recognised as such.
 */
#ifndef DMIO_H
#define DMIO_H

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR		512
#define WORDS		(SECTOR / 8)
#define DMIO_MAGIC	0x5453494f2d434d44ULL

/* KIND_NONE: not looked at, only done. */
enum kind { KIND_NONE, KIND_ZERO, KIND_STAMP, KIND_ONES, KIND_JUNK };

struct stamp {
	enum kind kind;
	uint64_t sector;
	uint64_t gen;
};

static inline void stamp_make(uint64_t *w, uint64_t sector, uint64_t gen)
{
	w[0] = DMIO_MAGIC;
	w[1] = sector;
	w[2] = gen;
	for (int i = 3; i < WORDS; i++)
		w[i] = w[i - 1] * 0x9e3779b97f4a7c15ULL + sector + i;
}

/* What is in this sector? */
static inline struct stamp stamp_read(const uint64_t *w)
{
	struct stamp s = { .kind = KIND_JUNK };
	uint64_t want[WORDS];

	if (w[0] == DMIO_MAGIC) {
		stamp_make(want, w[1], w[2]);
		if (!memcmp(want, w, SECTOR))
			s = (struct stamp){ KIND_STAMP, w[1], w[2] };
		return s;
	}
	for (int i = 1; i < WORDS; i++)
		if (w[i] != w[0])
			return s;
	if (w[0] == 0)
		s.kind = KIND_ZERO;
	else if (w[0] == ~0ULL)
		s.kind = KIND_ONES;
	return s;
}

static inline void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

/* The errors that a block device may give; others come as a number. */
static inline const char *err_name(int err)
{
	static char other[16];
	static const struct { int err; const char *name; } names[] = {
		{ EAGAIN, "EAGAIN" }, { EIO, "EIO" }, { EINVAL, "EINVAL" },
		{ EOPNOTSUPP, "EOPNOTSUPP" }, { ENOTTY, "ENOTTY" },
		{ EROFS, "EROFS" }, { EACCES, "EACCES" }, { EPERM, "EPERM" },
		{ ENOSPC, "ENOSPC" }, { EBUSY, "EBUSY" }, { ENXIO, "ENXIO" },
		{ EBADF, "EBADF" }, { EREMOTEIO, "EREMOTEIO" },
		{ ENODATA, "ENODATA" }, { EFAULT, "EFAULT" },
		{ ENODEV, "ENODEV" }, { ENOENT, "ENOENT" },
		{ ETIMEDOUT, "ETIMEDOUT" }, { EILSEQ, "EILSEQ" },
		{ EINTR, "EINTR" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].err == err)
			return names[i].name;
	snprintf(other, sizeof(other), "E%d", err);
	return other;
}

static inline uint64_t number(const char *text)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || end == text)
		die("not a number: %s", text);
	switch (*end) {
	case 'k':
		n <<= 10;
		end++;
		break;
	case 'm':
		n <<= 20;
		end++;
		break;
	case 'g':
		n <<= 30;
		end++;
		break;
	}
	if (*end)
		die("not a number: %s", text);
	return n;
}

static inline void *buffer_new(size_t bytes)
{
	void *p;

	if (posix_memalign(&p, 4096, bytes ? bytes : 1))
		die("out of memory");
	return p;
}

/* xorshift: the same sequence on every machine. */
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
