// SPDX-License-Identifier: GPL-2.0
/* The bounded reply writer, see include/reply.h. */
#include <linux/align.h>
#include <linux/bug.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "reply.h"

#define REPLY_ALIGN	8	/* of every record, by <linux/dm-ioctl.h> */
#define REPLY_FIRST	1024	/* bytes to begin with */

void dm_reply_init(struct dm_reply *r, size_t limit)
{
	memset(r, 0, sizeof(*r));
	r->limit = limit;
}

void dm_reply_free(struct dm_reply *r)
{
	/* it may hold a key that a target was asked for */
	if (r->base)
		kvfree_sensitive(r->base, r->size);
	memset(r, 0, sizeof(*r));
}

/* Have @size bytes, which are more than there are and within the limit. */
static bool reply_grow(struct dm_reply *r, size_t size)
{
	char *base = kvmalloc(size, GFP_KERNEL);

	if (!base) {
		r->nomem = true;
		return false;
	}
	if (r->base) {
		memcpy(base, r->base, min(r->at, r->size));
		kvfree_sensitive(r->base, r->size);
	}
	r->base = base;
	r->size = size;
	return true;
}

void *dm_reply_next(struct dm_reply *r, size_t len)
{
	if (r->full || r->nomem)
		return NULL;
	if (dm_reply_room(r) < len) {
		r->full = true;
		return NULL;
	}
	if (dm_reply_avail(r) < len &&
	    !reply_grow(r, min(r->limit, max(2 * (r->at + len), (size_t)REPLY_FIRST))))
		return NULL;
	return r->base + r->at;
}

bool dm_reply_more(struct dm_reply *r)
{
	if (r->size >= r->limit) {
		r->full = true;
		return false;
	}
	return reply_grow(r, min(r->limit, max(2 * r->size, (size_t)REPLY_FIRST)));
}

void dm_reply_commit(struct dm_reply *r, size_t len)
{
	if (WARN_ON_ONCE(len > dm_reply_avail(r)))
		len = dm_reply_avail(r);
	r->used = r->at + len;
	r->at = ALIGN(r->used, REPLY_ALIGN);
	/* the padding is copied out where another record follows */
	memset(r->base + r->used, 0, min(r->at, r->size) - r->used);
}
