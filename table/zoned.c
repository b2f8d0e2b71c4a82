// SPDX-License-Identifier: GPL-2.0
/* Which tables may be zoned, and what that means for limits. See include/zone.h. */
#include <linux/blkdev.h>
#include <linux/device-mapper.h>

#include "compat/zone.h"
#include "device.h"
#include "limits.h"
#include "table.h"
#include "zone.h"

#define DM_MSG_PREFIX "table"

/* What there is below one target. */
struct below {
	unsigned int zoned, plain;	/* devices */
	sector_t zone;			/* of the table; 0 as long as none is known */
	bool unequal;
};

static int below_count(struct dm_target *ti, struct dm_dev *dev, sector_t start,
		       sector_t len, void *data)
{
	sector_t zone = bdev_zone_sectors(dev->bdev);
	struct below *b = data;

	if (!zone) {
		b->plain++;
		return 0;
	}
	b->zoned++;
	b->zone = b->zone ?: zone;
	b->unequal |= b->zone != zone;
	return 0;
}

/* Does the target begin and end with zones of the device? */
static int below_fits(struct dm_target *ti, struct dm_dev *dev, sector_t start,
		      sector_t len, void *data)
{
	const char *name = dm_device_name(ti->table->md);
	sector_t zone = bdev_zone_sectors(dev->bdev);

	if (!zone)
		return 0;
	if (start & (zone - 1)) {
		DMERR("%s: start=%llu not aligned to h/w zone size %llu of %pg", name,
		      (unsigned long long)start, (unsigned long long)zone, dev->bdev);
		return -EINVAL;
	}
	/* the last zone of a disk may be smaller */
	if ((len & (zone - 1)) && start + len != bdev_nr_sectors(dev->bdev)) {
		DMERR("%s: len=%llu not aligned to h/w zone size %llu of %pg", name,
		      (unsigned long long)len, (unsigned long long)zone, dev->bdev);
		return -EINVAL;
	}
	return 0;
}

/* May the target be what it is on these devices, in a table that is zoned or not? */
static bool model_fits(const struct target_type *tt, const struct below *b, bool zoned)
{
	if (dm_target_supports_mixed_zoned_model(tt))
		return b->zoned || !zoned;
	if (zoned)
		return dm_target_supports_zoned_hm(tt) && b->zoned && !b->plain;
	return !b->zoned;
}

static int target_check(struct dm_target *ti, sector_t *zone, bool zoned)
{
	const char *name = dm_device_name(ti->table->md);
	struct below b = { .zone = *zone };
	int r = 0;

	if (ti->type->iterate_devices)
		ti->type->iterate_devices(ti, below_count, &b);
	if (!model_fits(ti->type, &b, zoned)) {
		DMERR("%s: zoned model is not consistent across all devices", name);
		return -EINVAL;
	}
	if (b.unequal) {
		DMERR("%s: zone sectors is not consistent across all zoned devices", name);
		return -EINVAL;
	}
	*zone = b.zone;
	if (b.zoned)
		r = ti->type->iterate_devices(ti, below_fits, NULL);
	/* one that ends with a smaller zone can only be the last */
	if (!r && zoned && (ti->begin & (b.zone - 1))) {
		DMERR("%s: start sect %llu not aligned to zone size %llu", name,
		      (unsigned long long)ti->begin, (unsigned long long)b.zone);
		r = -EINVAL;
	}
	return r;
}

/* How many zones may be open, and active; 0: all. */
struct resources {
	unsigned int open, active;
};

/* A walk over the zones of a table, which come in the order of the targets. */
struct census {
	struct dm_table *t;
	unsigned int at;		/* the target */
	unsigned int here;		/* zones written in sequence, of it */
	unsigned int all;		/* and of the table so far */
	struct resources res;
	bool shared;			/* others may use up what a disk allows */
};

struct lower_resources {
	struct resources res;
	bool part;
};

static int lower_resources(struct dm_target *ti, struct dm_dev *dev, sector_t start,
			   sector_t len, void *data)
{
	struct lower_resources *l = data;

	l->res.open = min_not_zero(l->res.open, bdev_max_open_zones(dev->bdev));
	l->res.active = min_not_zero(l->res.active, bdev_max_active_zones(dev->bdev));
	l->part |= start || len != bdev_nr_sectors(dev->bdev);
	return 0;
}

/* All zones of a target are counted: what does its disk say to so many? */
static void census_target(struct census *c)
{
	struct dm_target *ti = &c->t->targets[c->at];
	struct lower_resources l = { };

	ti->type->iterate_devices(ti, lower_resources, &l);
	c->shared |= l.part;
	if (l.res.open < c->here)
		c->res.open = min_not_zero(c->res.open, l.res.open);
	if (l.res.active < c->here)
		c->res.active = min_not_zero(c->res.active, l.res.active);
	c->all += c->here;
	c->here = 0;
	c->at++;
}

static int census_zone(struct blk_zone *zone, unsigned int idx, void *data)
{
	struct census *c = data;

	while (zone->start >= c->t->targets[c->at].begin + c->t->targets[c->at].len)
		census_target(c);
	c->here += zone->type != BLK_ZONE_TYPE_CONVENTIONAL;
	return 0;
}

static int resources_limits(struct dm_table *t, struct dm_limits *limits)
{
	struct census c = { .t = t };
	int r;

	r = dm_zone_report(t, 0, UINT_MAX, census_zone, &c);
	if (r < 0)
		return r;
	while (c.at < t->num_targets)
		census_target(&c);
	if (!c.all) {
		dm_compat_limits_not_zoned(&limits->lim);
		limits->zone_sectors = 0;
		return 0;
	}
	dm_compat_limits_set_open(&limits->lim, c.res.open < c.all ? c.res.open : 0,
				  c.res.active < c.all ? c.res.active : 0);
	limits->zones_shared = c.shared;
	return 0;
}

int dm_zoned_limits(struct dm_table *t, struct dm_limits *limits)
{
	bool zoned = dm_compat_limits_zoned(&limits->lim), emulate = false;
	sector_t zone = 0;
	unsigned int i;
	int r;

	for (i = 0; i < t->num_targets; i++) {
		r = target_check(&t->targets[i], &zone, zoned);
		if (r)
			return r;
		emulate |= t->targets[i].emulate_zone_append;
		cond_resched();
	}
	if (zoned) {
		limits->zone_sectors = zone;
		limits->lim.chunk_sectors = zone;
		if (emulate)
			dm_compat_limits_emulate_append(&limits->lim);
		if (dm_compat_zone_resources())
			return resources_limits(t, limits);
	}
	return 0;
}

void dm_zoned_say(const struct dm_table *t, const struct dm_limits *limits)
{
	const char *name = t->md->disk->disk_name;

	if (!limits->zone_sectors || !dm_compat_zone_resources())
		return;
	if (limits->zones_shared)
		pr_warn(DM_NAME ": zone: %s zone resource limits may be unreliable\n", name);
	pr_info(DM_NAME ": zone: %s using %s zone append\n", name,
		t->zone_writes ? "emulated" : "native");
}
