/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checking what user space sends: the header, the strings and the target
 * specifications behind it. Pure: works on a kernel copy.
 */
#ifndef DM_REQUEST_H
#define DM_REQUEST_H

#include <linux/dm-ioctl.h>
#include <linux/sizes.h>
#include <linux/types.h>

/* The least that a caller must pass: the header without its padding. */
#define DM_REQUEST_MIN	offsetof(struct dm_ioctl, data)
/* The most: a million targets with a kilobyte of parameters each. */
#define DM_REQUEST_MAX	SZ_1G

/**
 * struct dm_request - the kernel's copy of what the caller sent
 * @hdr: the header; its strings are terminated
 * @buf: the whole, header included, for commands that take data; else NULL
 * @size: bytes that the caller says there are, DM_REQUEST_MIN to DM_REQUEST_MAX
 * @secure: no copy of it may be left in memory
 */
struct dm_request {
	struct dm_ioctl *hdr;
	char *buf;
	size_t size;
	bool secure;
};

/**
 * dm_request_size_ok() - is data_size of a header believable?
 * @size: the field
 */
static inline bool dm_request_size_ok(u32 size)
{
	return size >= DM_REQUEST_MIN && size <= DM_REQUEST_MAX;
}

/**
 * dm_request_string() - the string at data_start
 * @req: a request with data
 *
 * Return: the string, whose terminator lies within the data; or NULL.
 */
char *dm_request_string(const struct dm_request *req);

/**
 * dm_request_message() - the message at data_start
 * @req: a request with data
 * @sector: result: the sector it is for
 *
 * Return: the message, as dm_request_string(); or NULL.
 */
char *dm_request_message(const struct dm_request *req, sector_t *sector);

/**
 * struct dm_spec - a target specification, checked
 * @start: first sector
 * @len: sectors
 * @type: name of the type, terminated
 * @params: parameters, terminated; the table changes them
 */
struct dm_spec {
	sector_t start;
	sector_t len;
	char type[DM_MAX_TYPE_NAME + 1];
	char *params;
};

/* What is wrong with a specification. */
enum dm_spec_fault {
	DM_SPEC_OVERLAPS,		/* what is before it */
	DM_SPEC_BEYOND,			/* the end of the data */
	DM_SPEC_UNALIGNED,
	DM_SPEC_ENDLESS,		/* its parameters do not end */
};

/**
 * struct dm_spec_iter - a walk over the specifications of a request
 * @base: offset of the present one from the start of the data; 0: the header
 * @next: offset of the next from there
 * @least: what that has to be at least
 * @strings_end: offset behind the last zero byte of the data
 * @fault: why dm_spec_next() failed
 */
struct dm_spec_iter {
	u64 base;
	u32 next;
	size_t least;
	u64 strings_end;
	enum dm_spec_fault fault;
};

/**
 * dm_spec_begin() - before the first specification
 * @req: a request with data
 * @iter: result
 */
void dm_spec_begin(const struct dm_request *req, struct dm_spec_iter *iter);

/**
 * dm_spec_next() - check the next specification and move behind it
 * @req: the request
 * @iter: where
 * @spec: result
 *
 * Nothing outside the data is read, whatever the offsets say.
 *
 * Return: 0, or -EINVAL.
 */
int dm_spec_next(const struct dm_request *req, struct dm_spec_iter *iter,
		 struct dm_spec *spec);

/**
 * dm_request_targets_max() - how many targets can be in the data?
 * @req: a request with data
 *
 * No more is allocated, whatever the header says.
 */
unsigned int dm_request_targets_max(const struct dm_request *req);

#endif
