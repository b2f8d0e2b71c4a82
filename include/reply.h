/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bounded writer for what an ioctl returns behind its header. What does not
 * fit the caller's buffer is not written, and remembered. Memory is taken as
 * records come, not on the word of the caller's size.
 */
#ifndef DM_REPLY_H
#define DM_REPLY_H

#include <linux/types.h>

/**
 * struct dm_reply - what was written, and how much more may be
 * @base: the records; moves when the reply grows
 * @limit: bytes that the caller has room for
 * @size: bytes allocated, not more than @limit
 * @at: where the next record begins, a multiple of 8
 * @used: bytes that hold whole records, without padding behind the last
 * @full: something did not fit the caller's buffer
 * @nomem: something did not fit for want of memory
 * @empty: nothing is the whole answer
 * @none: there was nothing to ask: no table
 * @secure: no copy of it may be left in memory
 * @claim: what the caller is told of the length, where it is not @used
 */
struct dm_reply {
	char *base;
	size_t limit;
	size_t size;
	size_t at;
	size_t used;
	bool full;
	bool nomem;
	bool empty;
	bool none;
	bool secure;
	size_t claim;
};

/** dm_reply_init() - an empty reply @r: where @limit: bytes it may grow to */
void dm_reply_init(struct dm_reply *r, size_t limit);

/** dm_reply_free() - free the memory, wiped where it is secure @r: the reply */
void dm_reply_free(struct dm_reply *r);

/**
 * dm_reply_room() - bytes that the caller has left for the next record
 * @r: the reply
 */
static inline size_t dm_reply_room(const struct dm_reply *r)
{
	return r->at < r->limit ? r->limit - r->at : 0;
}

/**
 * dm_reply_avail() - bytes at what dm_reply_next() returned
 * @r: the reply
 */
static inline size_t dm_reply_avail(const struct dm_reply *r)
{
	return r->at < r->size ? r->size - r->at : 0;
}

/**
 * dm_reply_reserve() - make room for what is known to come, in one step
 * @r: the reply
 * @size: bytes that all records together will need; it is no promise
 *
 * Context: may sleep. A reply that does not get the memory grows by steps.
 */
void dm_reply_reserve(struct dm_reply *r, size_t size);

/**
 * dm_reply_next() - where the next record goes
 * @r: the reply
 * @len: bytes that it needs at least
 *
 * Context: may sleep.
 * Return: the place, with dm_reply_avail() bytes that hold garbage, valid
 * until the next call; or NULL, and @full or @nomem is set.
 */
void *dm_reply_next(struct dm_reply *r, size_t len);

/**
 * dm_reply_more() - what dm_reply_next() gave was too little
 * @r: the reply
 *
 * Return: true where the same dm_reply_next() now gives more; else @full or
 * @nomem is set.
 */
bool dm_reply_more(struct dm_reply *r);

/**
 * dm_reply_commit() - the record is written
 * @r: the reply
 * @len: its bytes, not more than dm_reply_avail()
 */
void dm_reply_commit(struct dm_reply *r, size_t len);

#endif
