// SPDX-License-Identifier: GPL-2.0
/* Zones as a mapped device has them: include/zone.h. */
#include <linux/blkdev.h>
#include <linux/device-mapper.h>

#include "kunit.h"
#include "table.h"
#include "zone.h"

#ifdef CONFIG_BLK_DEV_ZONED

#define ZONE 8192

struct remap_case {
	const char *name;
	struct blk_zone below;
	bool mapped;
	u64 start, wp;
};

/* Of a target that begins with zone 10 and is on zones 3 to 6 of its disk. */
static const struct remap_case remap_cases[] = {
	{ "conventional", { .start = 3 * ZONE, .wp = U64_MAX, .type = BLK_ZONE_TYPE_CONVENTIONAL,
			    .cond = BLK_ZONE_COND_NOT_WP }, true, 10 * ZONE, U64_MAX },
	{ "empty", { .start = 4 * ZONE, .wp = 4 * ZONE, .type = BLK_ZONE_TYPE_SEQWRITE_REQ,
		     .cond = BLK_ZONE_COND_EMPTY }, true, 11 * ZONE, 11 * ZONE },
	{ "empty_without_place", { .start = 4 * ZONE, .type = BLK_ZONE_TYPE_SEQWRITE_REQ,
				   .cond = BLK_ZONE_COND_EMPTY }, true, 11 * ZONE, 11 * ZONE },
	{ "open", { .start = 5 * ZONE, .wp = 5 * ZONE + 8, .type = BLK_ZONE_TYPE_SEQWRITE_REQ,
		    .cond = BLK_ZONE_COND_IMP_OPEN }, true, 12 * ZONE, 12 * ZONE + 8 },
	{ "closed", { .start = 5 * ZONE, .wp = 6 * ZONE - 8, .type = BLK_ZONE_TYPE_SEQWRITE_REQ,
		      .cond = BLK_ZONE_COND_CLOSED }, true, 12 * ZONE, 13 * ZONE - 8 },
	{ "full", { .start = 6 * ZONE, .wp = 7 * ZONE, .type = BLK_ZONE_TYPE_SEQWRITE_REQ,
		    .cond = BLK_ZONE_COND_FULL }, true, 13 * ZONE, 14 * ZONE },
	{ "full_without_place", { .start = 6 * ZONE, .wp = U64_MAX,
				  .type = BLK_ZONE_TYPE_SEQWRITE_REQ,
				  .cond = BLK_ZONE_COND_FULL }, true, 13 * ZONE, 14 * ZONE },
	{ "behind", { .start = 7 * ZONE, .wp = 7 * ZONE, .type = BLK_ZONE_TYPE_SEQWRITE_REQ,
		      .cond = BLK_ZONE_COND_EMPTY }, false, 7 * ZONE, 7 * ZONE },
};

static void remap_desc(const struct remap_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(remap, remap_cases, remap_desc);

static void zone_is_moved(struct kunit *test)
{
	static const struct dm_target ti = { .begin = 10 * ZONE, .len = 4 * ZONE };
	const struct remap_case *c = test->param_value;
	struct blk_zone zone = c->below;

	zone.len = ZONE;
	KUNIT_EXPECT_EQ(test, dm_zone_remap(&zone, &ti, 3 * ZONE), c->mapped);
	KUNIT_EXPECT_EQ(test, (u64)zone.start, c->start);
	KUNIT_EXPECT_EQ(test, (u64)zone.wp, c->wp);
	KUNIT_EXPECT_EQ(test, (u64)zone.len, (u64)ZONE);
	KUNIT_EXPECT_EQ(test, (unsigned int)zone.cond, (unsigned int)c->below.cond);
}

/* A target that has all of its zones empty. */
static int report_all(struct dm_target *ti, struct dm_report_zones_args *args,
		      unsigned int nr_zones)
{
	unsigned int i;
	int r;

	for (i = 0; i < nr_zones && args->next_sector < ti->begin + ti->len; i++) {
		struct blk_zone zone = { .start = args->next_sector, .len = ZONE };

		args->next_sector += ZONE;
		r = args->orig_cb(&zone, args->zone_idx++, args->orig_data);
		if (r)
			return r;
	}
	return i;
}

static int report_nothing(struct dm_target *ti, struct dm_report_zones_args *args,
			  unsigned int nr_zones)
{
	return 0;
}

static sector_t report_end(const void *context, unsigned int i)
{
	const struct dm_target *targets = context;

	return targets[i].begin + targets[i].len;
}

struct reported {
	unsigned int nr, wrong;
	sector_t next;
	unsigned int stop;		/* with an error after so many */
};

static int report_note(struct blk_zone *zone, unsigned int idx, void *data)
{
	struct reported *seen = data;

	seen->wrong += idx != seen->nr || zone->start != seen->next;
	seen->nr++;
	seen->next += ZONE;
	return seen->nr == seen->stop ? -EIO : 0;
}

static void zone_report_goes_through_the_targets(struct kunit *test)
{
	static struct target_type all = { .report_zones = report_all };
	static struct target_type nothing = { .report_zones = report_nothing }, none = { };
	static struct dm_target targets[] = {
		{ .type = &all, .len = 3 * ZONE },
		{ .type = &all, .begin = 3 * ZONE, .len = ZONE },
		{ .type = &all, .begin = 4 * ZONE, .len = 2 * ZONE },
	};
	static struct dm_table t = { .targets = targets, .num_targets = ARRAY_SIZE(targets) };
	struct reported seen = { };

	KUNIT_ASSERT_EQ(test, dm_search_build(&t.search, t.num_targets, report_end, targets), 0);
	KUNIT_EXPECT_EQ(test, dm_zone_report(&t, 0, UINT_MAX, report_note, &seen), 6);
	KUNIT_EXPECT_EQ(test, seen.nr, 6);
	KUNIT_EXPECT_EQ(test, seen.wrong, 0);

	seen = (struct reported) { .next = 2 * ZONE };
	KUNIT_EXPECT_EQ(test, dm_zone_report(&t, 2 * ZONE, 3, report_note, &seen), 3);
	KUNIT_EXPECT_EQ(test, seen.nr, 3);
	KUNIT_EXPECT_EQ(test, seen.wrong, 0);

	KUNIT_EXPECT_EQ(test, dm_zone_report(&t, 6 * ZONE, 3, report_note, &seen), 0);

	seen = (struct reported) { .stop = 4 };
	KUNIT_EXPECT_EQ(test, dm_zone_report(&t, 0, UINT_MAX, report_note, &seen), -EIO);
	KUNIT_EXPECT_EQ(test, seen.nr, 4);

	/* one that never gets on is not asked for ever */
	targets[1].type = &nothing;
	seen = (struct reported) { };
	KUNIT_EXPECT_EQ(test, dm_zone_report(&t, 0, UINT_MAX, report_note, &seen), -EIO);
	KUNIT_EXPECT_EQ(test, seen.nr, 3);
	targets[1].type = &none;
	KUNIT_EXPECT_EQ(test, dm_zone_report(&t, 0, UINT_MAX, report_note, &seen), -EIO);
	dm_search_free(&t.search);
}

static struct kunit_case zone_cases[] = {
	KUNIT_CASE_PARAM(zone_is_moved, remap_gen_params),
	KUNIT_CASE(zone_report_goes_through_the_targets),
	{ }
};

static struct kunit_suite zone_suite = {
	.name = "dm_zone",
	.test_cases = zone_cases,
};

kunit_test_suites(&zone_suite);

#endif
