/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The share of time in which kcopyd clients do I/O.
 *
 * A struct dm_kcopyd_throttle belongs to the module of the target, which makes its
 * percentage a module parameter that may change at any time; all clients that were
 * given the same one share its time. Of its other fields, io_period counts the jiffies
 * in which I/O was under way, total_period all jiffies, both of the recent past.
 */
#ifndef DM_THROTTLE_H
#define DM_THROTTLE_H

#include <linux/dm-kcopyd.h>

/**
 * dm_throttle_wait() - may an I/O begin now?
 * @t: a throttle, or NULL
 *
 * Context: any. Return: 0, or the jiffies after which to ask again, at most HZ.
 */
unsigned long dm_throttle_wait(struct dm_kcopyd_throttle *t);

/**
 * dm_throttle_begin() - an I/O begins
 * @t: a throttle, or NULL
 *
 * Context: any. Return: whether its time is counted, so that dm_throttle_end() is
 * to be called; it is not where nothing is held back.
 */
bool dm_throttle_begin(struct dm_kcopyd_throttle *t);
/** dm_throttle_end() - an I/O whose time is counted has ended; Context: any */
void dm_throttle_end(struct dm_kcopyd_throttle *t);

/**
 * dm_throttle_account() - the arithmetic: count the time up to now
 * @t: a throttle
 * @now: jiffies
 */
void dm_throttle_account(struct dm_kcopyd_throttle *t, unsigned int now);

/**
 * dm_throttle_excess() - the arithmetic: how long to keep quiet
 * @t: a throttle, with the time counted up to now
 *
 * Return: jiffies without I/O until it has had no more than its share; 0 for none.
 */
unsigned long dm_throttle_excess(const struct dm_kcopyd_throttle *t);

#endif
