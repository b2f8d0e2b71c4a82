// SPDX-License-Identifier: GPL-2.0
/* Queue limits and features of real tables: include/limits.h. */
#include "compat/limits.h"
#include "fixture.h"
#include "limits.h"
#include "script.h"
#include "verbs.h"

/* What a table of two linear targets over two disks has to have. */
struct stack_case {
	const char *name;
	struct ram_options a, b;
	unsigned int logical_block, physical_block, io_min, io_opt, max_sectors;
	unsigned int max_discard, max_write_zeroes, max_secure_erase;
	unsigned int features;
};

#define ALL 0x7fffff	/* UINT_MAX bytes in sectors */
#define MOST .max_discard = ALL, .max_write_zeroes = ALL, .max_secure_erase = ALL
#define BLOCKS .logical_block = 512, .physical_block = 512, .io_min = 512
#define USUAL BLOCKS, .max_sectors = 2560, MOST

static const struct stack_case stack_cases[] = {
	{ .name = "alike", USUAL },
	{
		.name = "larger_logical_block_wins", .b = { .logical_block = 4096 },
		.logical_block = 4096, .physical_block = 4096, .io_min = 4096,
		.max_sectors = 2560, MOST,
	}, {
		.name = "larger_physical_block_wins", .a = { .physical_block = 4096 },
		.logical_block = 512, .physical_block = 4096, .io_min = 4096,
		.max_sectors = 2560, MOST,
	}, {
		.name = "smaller_io_wins", .a = { .max_sectors = 256 }, .b = { .max_sectors = 64 },
		BLOCKS, .max_sectors = 64, MOST,
	}, {
		.name = "hints_are_combined",
		.a = { .io_min = 65536, .io_opt = 65536 },
		.b = { .io_min = 32768, .io_opt = 98304 },
		.logical_block = 512, .physical_block = 512, .io_min = 65536, .io_opt = 196608,
		.max_sectors = 2560, MOST,
	}, {
		.name = "smaller_discard_wins",
		.a = { .max_discard = 1000 }, .b = { .max_discard = 3000 },
		BLOCKS, .max_sectors = 2560, .max_discard = 1000, .max_write_zeroes = ALL,
		.max_secure_erase = ALL,
	}, {
		.name = "discard_needs_every_disk",
		.b = { .plain = true, .max_write_zeroes = 100, .max_secure_erase = 200 },
		BLOCKS, .max_sectors = 2560, .max_write_zeroes = 100, .max_secure_erase = 200,
	}, {
		.name = "write_zeroes_need_every_disk",
		.a = { .plain = true, .max_discard = 100, .max_secure_erase = 200 },
		BLOCKS, .max_sectors = 2560, .max_discard = 100, .max_secure_erase = 200,
	}, {
		.name = "secure_erase_needs_every_disk",
		.b = { .plain = true, .max_discard = 100, .max_write_zeroes = 200 },
		BLOCKS, .max_sectors = 2560, .max_discard = 100, .max_write_zeroes = 200,
	}, {
		.name = "write_cache_of_one_is_enough", .b = { .features = DM_FEAT_WRITE_CACHE },
		USUAL, .features = DM_FEAT_WRITE_CACHE,
	}, {
		.name = "fua_of_one_is_enough",
		.a = { .features = DM_FEAT_WRITE_CACHE },
		.b = { .features = DM_FEAT_WRITE_CACHE | DM_FEAT_FUA },
		USUAL, .features = DM_FEAT_WRITE_CACHE | DM_FEAT_FUA,
	}, {
		.name = "rotational_of_one_is_enough", .a = { .features = DM_FEAT_ROTATIONAL },
		USUAL, .features = DM_FEAT_ROTATIONAL,
	}, {
		.name = "stable_writes_of_one_are_enough",
		.b = { .features = DM_FEAT_STABLE_WRITES },
		USUAL, .features = DM_FEAT_STABLE_WRITES,
	}, {
		.name = "nowait_needs_every_disk", .a = { .features = DM_FEAT_NOWAIT },
		USUAL,
	}, {
		.name = "nowait_of_every_disk", .a = { .features = DM_FEAT_NOWAIT },
		.b = { .features = DM_FEAT_NOWAIT }, USUAL, .features = DM_FEAT_NOWAIT,
	}, {
		.name = "poll_of_one_disk", .a = { .features = DM_FEAT_POLL }, USUAL,
	}, {
		.name = "poll_of_every_disk", .a = { .features = DM_FEAT_POLL },
		.b = { .features = DM_FEAT_POLL }, USUAL, .features = DM_FEAT_POLL,
	}, {
		.name = "random_is_not_passed_up", .a = { .features = DM_FEAT_ADD_RANDOM },
		.b = { .features = DM_FEAT_ADD_RANDOM }, USUAL,
	},
};

static void stack_desc(const struct stack_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(stack, stack_cases, stack_desc);

static void expect_stack(struct kunit *test, struct mapped_device *md,
			 const struct stack_case *c)
{
	const struct queue_limits *lim = &md->disk->queue->limits;

	KUNIT_EXPECT_EQ(test, lim->logical_block_size, c->logical_block);
	KUNIT_EXPECT_EQ(test, lim->physical_block_size, c->physical_block);
	KUNIT_EXPECT_EQ(test, lim->io_min, c->io_min);
	KUNIT_EXPECT_EQ(test, lim->io_opt, c->io_opt);
	KUNIT_EXPECT_EQ(test, lim->max_sectors, c->max_sectors);
	KUNIT_EXPECT_EQ(test, lim->max_discard_sectors, c->max_discard);
	KUNIT_EXPECT_EQ(test, lim->max_write_zeroes_sectors, c->max_write_zeroes);
	KUNIT_EXPECT_EQ(test, lim->max_secure_erase_sectors, c->max_secure_erase);
	KUNIT_EXPECT_EQ(test, !!lim->discard_granularity, !!c->max_discard);
	KUNIT_EXPECT_EQ(test, dm_compat_features_get(md->disk->queue), c->features);
}

static void limits_of_two_disks_are_stacked(struct kunit *test)
{
	const struct stack_case *c = test->param_value;
	struct ram_options a = c->a, b = c->b;
	struct mapped_device *md;

	a.sectors = 2048;
	b.sectors = 2048;
	md = fx_live(test, "0 1024 linear %s 0\n1024 1024 linear %s 1024",
		     fx_disk_like(test, &a)->name, fx_disk_like(test, &b)->name);
	expect_stack(test, md, c);
}

/* The order of the targets must not matter, nor a device in between. */
static void limits_are_the_same_the_other_way_round(struct kunit *test)
{
	const struct stack_case *c = test->param_value;
	struct ram_options a = c->a, b = c->b;
	struct mapped_device *md, *top;

	a.sectors = 2048;
	b.sectors = 2048;
	md = fx_live(test, "0 1024 linear %s 0\n1024 1024 linear %s 1024",
		     fx_disk_like(test, &b)->name, fx_disk_like(test, &a)->name);
	expect_stack(test, md, c);
	top = fx_live(test, "0 2048 linear %s 0", md->devname);
	expect_stack(test, top, c);
}

static unsigned int features(struct mapped_device *md)
{
	return dm_compat_features_get(md->disk->queue);
}

static void limits_follow_what_the_target_says(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	const struct queue_limits *lim;
	struct mapped_device *md;

	/* a target that wants nothing but data */
	md = fx_live(test, "0 8 kunit 0 %s 0", ram->name);
	lim = &md->disk->queue->limits;
	KUNIT_EXPECT_EQ(test, features(md), (unsigned int)DM_FEAT_NOWAIT);
	KUNIT_EXPECT_EQ(test, lim->max_discard_sectors, 0);
	KUNIT_EXPECT_EQ(test, lim->max_write_zeroes_sectors, 0);
	KUNIT_EXPECT_EQ(test, lim->max_secure_erase_sectors, 0);

	/* one that wants everything */
	script(1)->num_flush_bios = 1;
	script(1)->num_discard_bios = 1;
	script(1)->num_write_zeroes_bios = 1;
	script(1)->num_secure_erase_bios = 1;
	fx_activate(test, md, "0 8 kunit 1 %s 0", ram->name);
	KUNIT_EXPECT_EQ(test, features(md), (unsigned int)(DM_FEAT_NOWAIT | DM_FEAT_FUA |
							   DM_FEAT_WRITE_CACHE));
	KUNIT_EXPECT_EQ(test, lim->max_discard_sectors, ALL);
	KUNIT_EXPECT_EQ(test, lim->max_write_zeroes_sectors, ALL);
	KUNIT_EXPECT_EQ(test, lim->max_secure_erase_sectors, ALL);

	/* one of each: flushes are for one at least, the rest for all */
	fx_activate(test, md, "0 8 linear %s 0\n8 8 kunit 2 %s 0", ram->name, ram->name);
	KUNIT_EXPECT_TRUE(test, features(md) & DM_FEAT_WRITE_CACHE);
	KUNIT_EXPECT_EQ(test, lim->max_discard_sectors, 0);
	KUNIT_EXPECT_EQ(test, lim->max_write_zeroes_sectors, 0);
	KUNIT_EXPECT_EQ(test, lim->max_secure_erase_sectors, 0);
}

static void discard_hints(struct queue_limits *limits)
{
	limits->max_discard_sectors = 1024;
	limits->max_hw_discard_sectors = 1024;
	limits->discard_granularity = 512;
}

static void limits_follow_what_a_target_without_disk_says(struct kunit *test)
{
	struct mapped_device *md;

	script(0)->num_flush_bios = 1;
	script(0)->flush_supported = true;
	script(0)->num_discard_bios = 1;
	script(0)->discards_supported = true;
	script(0)->hints = discard_hints;
	md = fx_live(test, "0 8 kunit 0");
	KUNIT_EXPECT_TRUE(test, features(md) & DM_FEAT_WRITE_CACHE);
	KUNIT_EXPECT_EQ(test, md->disk->queue->limits.max_discard_sectors, 1024);

	/* without anything below, there is no cache unless it says so */
	script(1)->num_flush_bios = 1;
	script(1)->hints = discard_hints;
	md = fx_live(test, "0 8 kunit 1");
	KUNIT_EXPECT_FALSE(test, features(md) & DM_FEAT_WRITE_CACHE);
	/* and no discard for one that wants none of it, whatever its hints */
	KUNIT_EXPECT_EQ(test, md->disk->queue->limits.max_discard_sectors, 0);
}

/* The disks may come back, and what is on the device was made for them. */
static void limits_stay_while_there_is_no_disk(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;
	struct queue_limits *lim;

	script(0)->num_discard_bios = 1;
	md = fx_live(test, "0 8 kunit 0 %s 0", ram->name);
	lim = &md->disk->queue->limits;
	KUNIT_EXPECT_EQ(test, lim->max_discard_sectors, ALL);

	script(1)->num_flush_bios = 1;
	script(1)->flush_supported = true;
	script(1)->hints = discard_hints;
	fx_activate(test, md, "0 8 kunit 1");
	KUNIT_EXPECT_EQ(test, lim->max_discard_sectors, ALL);
	KUNIT_EXPECT_FALSE(test, features(md) & DM_FEAT_WRITE_CACHE);
	/* back on the disk, the table decides again */
	fx_activate(test, md, "0 8 kunit 2 %s 0", ram->name);
	KUNIT_EXPECT_EQ(test, lim->max_discard_sectors, 0);
}

static void nowait_needs_every_target_type(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;

	md = fx_live(test, "0 8 kunit-waits 0 %s 0", ram->name);
	KUNIT_EXPECT_FALSE(test, features(md) & DM_FEAT_NOWAIT);
	md = fx_live(test, "0 8 linear %s 0\n8 8 kunit-waits 1 %s 0", ram->name, ram->name);
	KUNIT_EXPECT_FALSE(test, features(md) & DM_FEAT_NOWAIT);
	md = fx_live(test, "0 8 linear %s 0\n8 8 kunit 2 %s 0", ram->name, ram->name);
	KUNIT_EXPECT_TRUE(test, features(md) & DM_FEAT_NOWAIT);
}

static void hints(struct queue_limits *limits)
{
	limits->io_min = 8192;
	limits->io_opt = 16384;
	limits->max_hw_sectors = 16;
	limits->max_sectors = 16;
}

static void limits_take_the_hints_of_a_target(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	const struct queue_limits *lim;
	struct mapped_device *md;

	script(0)->hints = hints;
	md = fx_live(test, "0 8 kunit 0 %s 0\n8 8 linear %s 0", ram->name, ram->name);
	lim = &md->disk->queue->limits;
	KUNIT_EXPECT_EQ(test, lim->io_min, 8192);
	KUNIT_EXPECT_EQ(test, lim->io_opt, 16384);
	KUNIT_EXPECT_EQ(test, lim->max_sectors, 16);
}

struct area_case {
	const char *name;
	unsigned int logical_block;
	const char *lines;	/* with the disk in the place of %s */
	int r;
};

/* over a disk of 1024 sectors */
static const struct area_case area_cases[] = {
	{ "all_of_it", 512, "0 1024 linear %s 0", 0 },
	{ "the_end_of_it", 512, "0 24 linear %s 1000", 0 },
	{ "one_sector_too_many", 512, "0 1025 linear %s 0", -EINVAL },
	{ "one_sector_too_far", 512, "0 1024 linear %s 1", -EINVAL },
	{ "start_at_the_end", 512, "0 1 linear %s 1024", -EINVAL },
	{ "start_that_wraps_around", 512, "0 8 linear %s 18446744073709551612", -EINVAL },
	{ "start_and_length_that_wrap", 512, "0 9007199254740991 linear %s 18437736874454810625",
	  -EINVAL },
	{ "start_not_on_a_block", 4096, "0 8 linear %s 4", -EINVAL },
	{ "length_not_of_blocks", 4096, "0 12 linear %s 0", -EINVAL },
	{ "blocks", 4096, "0 16 linear %s 8", 0 },
	{ "target_not_on_a_block", 4096, "0 4 error\n4 8 linear %s 0\n12 4 error", -EINVAL },
	{ "target_on_a_block", 4096, "0 8 error\n8 8 linear %s 0\n16 8 error", 0 },
	{ "other_target_not_of_blocks", 4096, "0 8 linear %s 0\n8 4 zero", -EINVAL },
};

static void area_desc(const struct area_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(area, area_cases, area_desc);

/* The lines of a case with the disk in its place. */
static char *area_lines(struct kunit *test, const struct area_case *c, struct ramdisk *ram)
{
	const char *at = strstr(c->lines, "%s");
	char *lines = kunit_kzalloc(test, 128, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, lines);
	snprintf(lines, 128, "%.*s%s%s", (int)(at - c->lines), c->lines, ram->name, at + 2);
	return lines;
}

static void area_must_lie_on_the_disk(struct kunit *test)
{
	const struct area_case *c = test->param_value;
	const struct ram_options options = {
		.sectors = 1024, .logical_block = c->logical_block,
	};
	struct ramdisk *ram = fx_disk_like(test, &options);
	struct mapped_device *md = fx_device(test);
	struct dm_limits limits;
	struct dm_table *t;

	KUNIT_ASSERT_EQ(test, fx_table(test, md, BLK_OPEN_READ, &t, "%s",
				       area_lines(test, c, ram)), 0);
	KUNIT_EXPECT_EQ(test, dm_limits_gather(t, &limits), c->r);
	dm_table_destroy(t);
}

/* A table that may not become active leaves the one that is, and its limits. */
static void area_that_is_wrong_leaves_the_device_as_it_was(struct kunit *test)
{
	const struct area_case *c = test->param_value;
	const struct ram_options options = {
		.sectors = 1024, .logical_block = c->logical_block,
	};
	struct ramdisk *ram = fx_disk_like(test, &options), *small = fx_disk(test, 64);
	struct mapped_device *md = fx_live(test, "0 64 linear %s 0", small->name);
	struct queue_limits before = md->disk->queue->limits;
	struct dm_table *t = fx_active(md);

	if (!c->r)
		return;
	KUNIT_ASSERT_EQ(test, fx_load(test, md, "%s", area_lines(test, c, ram)), 0);
	KUNIT_EXPECT_EQ(test, fx_resume(md), c->r);
	KUNIT_EXPECT_PTR_EQ(test, fx_active(md), t);
	KUNIT_EXPECT_EQ(test, (int)dm_state_get(md), (int)DM_STATE_ACTIVE);
	KUNIT_EXPECT_EQ(test, (u64)get_capacity(md->disk), 64ULL);
	KUNIT_EXPECT_EQ(test, memcmp(&before, &md->disk->queue->limits, sizeof(before)), 0);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 64, 1), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(small, 0, 64, 1, 0), 64);
}

static void limits_follow_the_table_that_becomes_active(struct kunit *test)
{
	const struct ram_options a = { .sectors = 1024, .max_sectors = 64,
				       .features = DM_FEAT_WRITE_CACHE };
	const struct ram_options b = { .sectors = 1024, .logical_block = 4096 };
	struct mapped_device *md = fx_live(test, "0 64 linear %s 0",
					   fx_disk_like(test, &a)->name);
	const struct queue_limits *lim = &md->disk->queue->limits;

	KUNIT_EXPECT_EQ(test, lim->max_sectors, 64);
	fx_activate(test, md, "0 128 linear %s 0", fx_disk_like(test, &b)->name);
	KUNIT_EXPECT_EQ(test, lim->max_sectors, 2560);
	KUNIT_EXPECT_EQ(test, lim->logical_block_size, 4096);
	KUNIT_EXPECT_EQ(test, features(md), 0);
	KUNIT_EXPECT_EQ(test, (u64)get_capacity(md->disk), 128ULL);
}

static struct kunit_case limits_cases[] = {
	KUNIT_CASE_PARAM(limits_of_two_disks_are_stacked, stack_gen_params),
	KUNIT_CASE_PARAM(limits_are_the_same_the_other_way_round, stack_gen_params),
	KUNIT_CASE(limits_follow_what_the_target_says),
	KUNIT_CASE(limits_follow_what_a_target_without_disk_says),
	KUNIT_CASE(limits_stay_while_there_is_no_disk),
	KUNIT_CASE(nowait_needs_every_target_type),
	KUNIT_CASE(limits_take_the_hints_of_a_target),
	KUNIT_CASE_PARAM(area_must_lie_on_the_disk, area_gen_params),
	KUNIT_CASE_PARAM(area_that_is_wrong_leaves_the_device_as_it_was, area_gen_params),
	KUNIT_CASE(limits_follow_the_table_that_becomes_active),
	{ }
};

static struct kunit_suite limits_suite = {
	.name = "dm_limits",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = limits_cases,
};

kunit_test_suite(limits_suite);
