/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inline encryption: what disks below encrypt by themselves is offered above, and
 * bios keep their encryption context on the way down.
 *
 * What is offered never gets less (<linux/blk-crypto-profile.h>: users rely on it
 * once they have seen it), so that a table that offers less is refused.
 */
#ifndef DM_CRYPTO_H
#define DM_CRYPTO_H

struct dm_table;
struct mapped_device;

#ifdef CONFIG_BLK_INLINE_ENCRYPTION

/**
 * dm_crypto_prepare() - work out what a table offers, and get the device ready for it
 * @md: the device
 * @t: a table whose targets are all there
 *
 * Context: md->loads held. Return: 0; -ENOMEM; -EINVAL, with a line in the log, where
 * the device has offered more.
 */
int dm_crypto_prepare(struct mapped_device *md, struct dm_table *t);

/**
 * dm_crypto_follow() - offer what the table does that becomes active
 * @md: the device, with no I/O under way
 * @t: the table
 */
void dm_crypto_follow(struct mapped_device *md, struct dm_table *t);

/** dm_crypto_exit() - free what a device has of it; its disk is gone @md: the device */
void dm_crypto_exit(struct mapped_device *md);

#else

static inline int dm_crypto_prepare(struct mapped_device *md, struct dm_table *t)
{
	return 0;
}

static inline void dm_crypto_follow(struct mapped_device *md, struct dm_table *t) {}
static inline void dm_crypto_exit(struct mapped_device *md) {}

#endif

#endif
