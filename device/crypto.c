// SPDX-License-Identifier: GPL-2.0
/* Inline encryption by disks below, see include/crypto.h. */
#include <linux/blk-crypto.h>
#include <linux/blk-crypto-profile.h>
#include <linux/slab.h>

#include "crypto.h"
#include "device.h"
#include "table.h"

#define DM_MSG_PREFIX "core"

struct dm_crypto {
	struct blk_crypto_profile profile;
	struct mapped_device *md;
};

static int device_intersect(struct dm_target *ti, struct dm_dev *dev, sector_t start,
			    sector_t len, void *data)
{
	blk_crypto_intersect_capabilities(data, bdev_get_queue(dev->bdev)->crypto_profile);
	return 0;
}

/*
 * What every disk of every target can do. Targets that stand in for others and fail
 * all I/O have no say.
 *
 * Return: whether any target had.
 */
static bool table_intersect(struct dm_table *t, struct blk_crypto_profile *p)
{
	bool said = false;
	unsigned int i;

	memset(p->modes_supported, 0xff, sizeof(p->modes_supported));
	p->max_dun_bytes_supported = BLK_CRYPTO_MAX_IV_SIZE;
	for (i = 0; i < t->num_targets; i++) {
		struct dm_target *ti = &t->targets[i];

		if (dm_target_is_wildcard(ti->type))
			continue;
		said = true;
		if (dm_target_passes_crypto(ti->type) && ti->type->iterate_devices)
			ti->type->iterate_devices(ti, device_intersect, p);
		else
			blk_crypto_intersect_capabilities(p, NULL);
		cond_resched();
	}
	return said;
}

static bool offers_anything(const struct blk_crypto_profile *p)
{
	return memchr_inv(p->modes_supported, 0, sizeof(p->modes_supported));
}

static int device_evict(struct dm_target *ti, struct dm_dev *dev, sector_t start,
			sector_t len, void *data)
{
	blk_crypto_evict_key(dev->bdev, data);
	return 0;
}

/* A key will not be used any more: every disk below forgets it. */
static int crypto_evict(struct blk_crypto_profile *profile, const struct blk_crypto_key *key,
			unsigned int slot)
{
	struct mapped_device *md = container_of(profile, struct dm_crypto, profile)->md;
	struct dm_pin pin;
	struct dm_table *t = dm_pin_get(&pin, md);
	unsigned int i;

	for (i = 0; t && i < t->num_targets; i++)
		if (t->targets[i].type->iterate_devices)
			t->targets[i].type->iterate_devices(&t->targets[i], device_evict,
							    (void *)key);
	dm_pin_put(&pin);
	return 0;
}

static struct dm_crypto *crypto_create(struct mapped_device *md)
{
	struct dm_crypto *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	/* no key slots here: the disks have them */
	if (blk_crypto_profile_init(&c->profile, 0)) {
		kfree(c);
		return NULL;
	}
	c->profile.ll_ops.keyslot_evict = crypto_evict;
	c->md = md;
	return c;
}

int dm_crypto_prepare(struct mapped_device *md, struct dm_table *t)
{
	struct blk_crypto_profile *p;
	bool said;

	lockdep_assert_held(&md->loads);
	/* only what it says of capabilities is used; it is never registered */
	p = kzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	said = table_intersect(t, p);
	if (said && md->crypto && !blk_crypto_has_capabilities(p, &md->crypto->profile)) {
		DMERR("%s: the table offers less of inline encryption than the device has",
		      dm_device_name(md));
		kfree(p);
		return -EINVAL;
	}
	if (!said || !offers_anything(p)) {
		kfree(p);
		return 0;
	}
	if (!md->crypto)
		md->crypto = crypto_create(md);
	if (!md->crypto) {
		kfree(p);
		return -ENOMEM;
	}
	t->crypto = p;
	return 0;
}

void dm_crypto_follow(struct mapped_device *md, struct dm_table *t)
{
	struct request_queue *q = md->disk->queue;

	if (!t->crypto)
		return;
	blk_crypto_update_capabilities(&md->crypto->profile, t->crypto);
	/* where the disk has integrity data, the block layer has no use for it */
	if (!q->crypto_profile)
		blk_crypto_register(&md->crypto->profile, q);
}

void dm_crypto_exit(struct mapped_device *md)
{
	if (!md->crypto)
		return;
	blk_crypto_profile_destroy(&md->crypto->profile);
	kfree(md->crypto);
}
