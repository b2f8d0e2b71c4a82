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
#define REPLY_FIRST	256	/* bytes to begin with: the status of most targets */

void dm_reply_init(struct dm_reply *r, size_t limit)
{
	*r = (struct dm_reply){ .limit = limit };
}

/* It may hold a key that a target was asked for; then the caller said so. */
static void base_free(struct dm_reply *r)
{
	if (!r->base)
		return;
	if (r->secure)
		kvfree_sensitive(r->base, r->size);
	else
		kvfree(r->base);
}

void dm_reply_free(struct dm_reply *r)
{
	base_free(r);
	*r = (struct dm_reply){ };
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
		base_free(r);
	}
	r->base = base;
	r->size = size;
	return true;
}

void dm_reply_reserve(struct dm_reply *r, size_t size)
{
	size = min(size, r->limit);
	if (size > r->size && !r->nomem && !reply_grow(r, size))
		r->nomem = false;
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
	for (len = r->used; len < min(r->at, r->size); len++)
		r->base[len] = 0;
}
