// SPDX-License-Identifier: GPL-2.0
/* Checking what user space sends, see include/request.h. Pure. */
#include <linux/errno.h>
#include <linux/string.h>

#include "compat/unaligned.h"
#include "compat/words.h"
#include "request.h"

/* The string at an offset, if it lies behind the header and ends in the data. */
static char *string_at(const struct dm_request *req, u64 at)
{
	if (!req->buf || at < DM_REQUEST_MIN || at >= req->size)
		return NULL;
	return memchr(req->buf + at, '\0', req->size - at) ? req->buf + at : NULL;
}

char *dm_request_string(const struct dm_request *req)
{
	return string_at(req, req->hdr->data_start);
}

char *dm_request_message(const struct dm_request *req, sector_t *sector)
{
	u64 start = req->hdr->data_start;
	char *message = string_at(req, start + sizeof(struct dm_target_msg));

	if (!message || start < DM_REQUEST_MIN)
		return NULL;
	*sector = get_unaligned((u64 *)(req->buf + start));
	return message;
}

/* Where the last string ends: one that begins before it has an end. */
static u64 last_string_end(const struct dm_request *req)
{
	u64 at = req->buf ? req->size : 0;

	while (at && req->buf[at - 1])
		at--;
	return at;
}

void dm_spec_begin(const struct dm_request *req, struct dm_spec_iter *iter)
{
	iter->base = 0;
	iter->next = req->hdr->data_start;
	iter->least = DM_COMPAT_SPECS_STRICT ? sizeof(struct dm_ioctl) : DM_REQUEST_MIN;
	iter->strings_end = last_string_end(req);
}

static int spec_fault(struct dm_spec_iter *iter, enum dm_spec_fault fault)
{
	iter->fault = fault;
	return -EINVAL;
}

int dm_spec_next(const struct dm_request *req, struct dm_spec_iter *iter,
		 struct dm_spec *spec)
{
	struct dm_target_spec raw;
	u64 at = iter->base + iter->next;

	if (iter->next < iter->least)
		return spec_fault(iter, DM_SPEC_OVERLAPS);
	if (!req->buf || at > req->size || req->size - at <= sizeof(raw))
		return spec_fault(iter, DM_SPEC_BEYOND);
	if (DM_COMPAT_SPECS_STRICT && iter->next % __alignof__(raw))
		return spec_fault(iter, DM_SPEC_UNALIGNED);
	/* the table changes parameters, but never the byte that ends them */
	if (at + sizeof(raw) >= iter->strings_end)
		return spec_fault(iter, DM_SPEC_ENDLESS);
	memcpy(&raw, req->buf + at, sizeof(raw));
	spec->params = req->buf + at + sizeof(raw);
	spec->start = raw.sector_start;
	spec->len = raw.length;
	memcpy(spec->type, raw.target_type, sizeof(raw.target_type));
	spec->type[sizeof(raw.target_type)] = '\0';

	/*
	 * The offset of the next counts from this one. It may not lead back
	 * into this one, whose parameters the table has changed by then; of the
	 * last it means nothing.
	 */
	iter->base = at;
	iter->next = raw.next;
	iter->least = sizeof(raw);
	if (DM_COMPAT_SPECS_STRICT)
		iter->least += strlen(spec->params) + 1;
	return 0;
}

unsigned int dm_request_targets_max(const struct dm_request *req)
{
	u64 start = req->hdr->data_start;

	return start <= req->size ? (req->size - start) / sizeof(struct dm_target_spec) : 0;
}
