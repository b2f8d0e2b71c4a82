// SPDX-License-Identifier: GPL-2.0
/* What makes a table, and what does not: include/table.h and include/lower.h. */
#include "fixture.h"
#include "script.h"
#include "table.h"
#include "target.h"
#include "verbs.h"

#define READ_WRITE (BLK_OPEN_READ | BLK_OPEN_WRITE)

struct bad_case {
	const char *name;
	const char *lines;
	int r;
};

static const struct bad_case bad_cases[] = {
	{ "gap", "0 8 zero\n9 8 zero", -EINVAL },
	{ "overlap", "0 8 zero\n7 8 zero", -EINVAL },
	{ "first_not_at_zero", "1 8 zero", -EINVAL },
	{ "out_of_order", "8 8 zero\n0 8 zero", -EINVAL },
	{ "the_same_twice", "0 8 zero\n0 8 zero", -EINVAL },
	{ "no_length", "0 0 zero", -EINVAL },
	{ "no_length_second", "0 8 zero\n8 0 zero", -EINVAL },
	{ "too_large", "0 18014398509481984 zero", -EINVAL },
	{ "largest_length", "0 18446744073709551615 zero", -EINVAL },
	{ "end_wraps_around", "0 8 zero\n8 18446744073709551615 zero", -EINVAL },
	{ "together_too_large", "0 18014398509481983 zero\n18014398509481983 1 zero", -EINVAL },
	{ "unknown_type", "0 8 nosuchtype", -EINVAL },
	{ "type_with_another_case", "0 8 Zero", -EINVAL },
	{ "parameters_for_zero", "0 8 zero x", -EINVAL },
	{ "linear_without", "0 8 linear", -EINVAL },
	{ "linear_without_start", "0 8 linear 1:1", -EINVAL },
	{ "linear_with_more", "0 8 linear 1:1 0 0", -EINVAL },
	{ "linear_start_negative", "0 8 linear 1:1 -1", -EINVAL },
	{ "linear_start_not_a_number", "0 8 linear 1:1 x", -EINVAL },
	{ "linear_start_with_rest", "0 8 linear 1:1 8x", -EINVAL },
	{ "linear_no_such_path", "0 8 linear /nowhere/at/all 0", -ENODEV },
	{ "linear_no_such_number", "0 8 linear 4000:77 0", -ENXIO },
	{ "single_after_another", "0 8 zero\n8 8 kunit-single 0", -EINVAL },
	{ "another_after_single", "0 8 kunit-single 0\n8 8 zero", -EINVAL },
	{ "single_twice", "0 8 kunit-single 0\n8 8 kunit-single 1", -EINVAL },
	{ "fixed_after_another", "0 8 zero\n8 8 kunit-fixed 0", -EINVAL },
	{ "another_after_fixed", "0 8 kunit-fixed 0\n8 8 zero", -EINVAL },
};

static void bad_desc(const struct bad_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad, bad_cases, bad_desc);

static void table_that_is_wrong_is_refused(struct kunit *test)
{
	const struct bad_case *c = test->param_value;
	struct mapped_device *md = fx_device(test);
	struct dm_table *t;

	KUNIT_EXPECT_EQ(test, fx_table(test, md, READ_WRITE, &t, "%s", c->lines), c->r);
	KUNIT_EXPECT_TRUE(test, list_empty(&md->lowers));
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->ctrs), atomic_read(&script(0)->dtrs));
}

static void table_of_the_largest_size_is_taken(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 18014398509481983 zero");

	KUNIT_EXPECT_EQ(test, (u64)get_capacity(md->disk), 18014398509481983ULL);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ, 18014398509481982ULL, 1, 0), 0);
}

static void table_may_repeat_a_fixed_type(struct kunit *test)
{
	struct mapped_device *md = fx_device(test);
	struct dm_table *t;

	KUNIT_ASSERT_EQ(test, fx_table(test, md, READ_WRITE, &t,
				       "0 8 kunit-fixed 0\n8 8 kunit-fixed 1"), 0);
	KUNIT_EXPECT_EQ(test, t->num_targets, 2);
	KUNIT_EXPECT_NOT_NULL(test, t->immutable);
	dm_table_destroy(t);
}

static void table_of_a_writer_must_be_writeable(struct kunit *test)
{
	struct mapped_device *md = fx_device(test);
	struct dm_table *t;

	KUNIT_EXPECT_EQ(test, fx_table(test, md, BLK_OPEN_READ, &t, "0 8 kunit-rw 0"), -EINVAL);
	KUNIT_ASSERT_EQ(test, fx_table(test, md, READ_WRITE, &t, "0 8 kunit-rw 0"), 0);
	dm_table_destroy(t);
}

/* A constructor that fails: what was built before it is taken down. */
static void table_is_taken_down_when_a_constructor_fails(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 64);
	struct mapped_device *md = fx_device(test);
	struct dm_table *t;

	script(1)->ctr_error = -ENOLINK;
	KUNIT_EXPECT_EQ(test, fx_table(test, md, READ_WRITE, &t,
				       "0 8 kunit 0 %s 0\n8 8 linear %s 0\n16 8 kunit 1",
				       ram->name, ram->name), -ENOLINK);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->ctrs), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->dtrs), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(1)->dtrs), 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&md->lowers));
}

static void table_finds_the_target_of_a_sector(struct kunit *test)
{
	struct mapped_device *md = fx_device(test);
	struct dm_table *t;

	KUNIT_ASSERT_EQ(test, fx_table(test, md, READ_WRITE, &t,
				       "0 8 zero\n8 1 error\n9 100 kunit 0"), 0);
	KUNIT_EXPECT_EQ(test, (u64)dm_table_get_size(t), 109ULL);
	KUNIT_EXPECT_PTR_EQ(test, dm_table_find(t, 0), &t->targets[0]);
	KUNIT_EXPECT_PTR_EQ(test, dm_table_find(t, 7), &t->targets[0]);
	KUNIT_EXPECT_PTR_EQ(test, dm_table_find(t, 8), &t->targets[1]);
	KUNIT_EXPECT_PTR_EQ(test, dm_table_find(t, 9), &t->targets[2]);
	KUNIT_EXPECT_PTR_EQ(test, dm_table_find(t, 108), &t->targets[2]);
	KUNIT_EXPECT_NULL(test, dm_table_find(t, 109));
	KUNIT_EXPECT_NULL(test, dm_table_find(t, U64_MAX));
	KUNIT_EXPECT_EQ(test, (u64)dm_target_offset(&t->targets[2], 10), 1ULL);
	dm_table_destroy(t);
}

static unsigned int list_length(const struct list_head *list)
{
	const struct list_head *at;
	unsigned int n = 0;

	list_for_each(at, list)
		n++;
	return n;
}

static void disk_is_opened_once_for_many_targets(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 64);
	struct mapped_device *md = fx_device(test);
	struct dm_table *t, *u;

	KUNIT_ASSERT_EQ(test, fx_table(test, md, READ_WRITE, &t,
				       "0 8 kunit 0 %s 0\n8 8 linear %s 8\n16 8 kunit 1 %s 16",
				       ram->name, ram->name, ram->name), 0);
	KUNIT_EXPECT_PTR_EQ(test, script(0)->dev, script(1)->dev);
	KUNIT_EXPECT_EQ(test, list_length(&t->devices.list), 1);
	KUNIT_EXPECT_EQ(test, list_length(&md->lowers), 1);
	/* nor again for another table of the device */
	KUNIT_ASSERT_EQ(test, fx_table(test, md, READ_WRITE, &u, "0 8 kunit 2 %s 0", ram->name),
			0);
	KUNIT_EXPECT_PTR_EQ(test, script(2)->dev, script(0)->dev);
	KUNIT_EXPECT_EQ(test, list_length(&md->lowers), 1);
	dm_table_destroy(t);
	KUNIT_EXPECT_EQ(test, list_length(&md->lowers), 1);
	KUNIT_EXPECT_STREQ(test, script(2)->dev->name, ram->name);
	dm_table_destroy(u);
	KUNIT_EXPECT_EQ(test, list_length(&md->lowers), 0);
}

static void disk_is_open_for_what_the_table_needs(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 64);
	struct mapped_device *md = fx_device(test);
	struct dm_table *t, *u;

	KUNIT_ASSERT_EQ(test, fx_table(test, md, BLK_OPEN_READ, &t, "0 8 kunit 0 %s 0", ram->name),
			0);
	KUNIT_EXPECT_FALSE(test, script(0)->dev->mode & BLK_OPEN_WRITE);
	KUNIT_ASSERT_EQ(test, fx_table(test, md, READ_WRITE, &u, "0 8 kunit 1 %s 0", ram->name),
			0);
	KUNIT_EXPECT_TRUE(test, script(1)->dev->mode & BLK_OPEN_WRITE);
	dm_table_destroy(t);
	dm_table_destroy(u);
	KUNIT_EXPECT_TRUE(test, list_empty(&md->lowers));
}

static void disk_of_another_holder_is_refused(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 64);
	struct mapped_device *md = fx_device(test);
	struct dm_dev d = { };

	KUNIT_ASSERT_EQ(test, dm_compat_bdev_open(&d, disk_devt(ram->disk), BLK_OPEN_READ, test),
			0);
	KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 8 linear %s 0", ram->name), -EBUSY);
	dm_compat_bdev_close(&d);
	KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 8 linear %s 0", ram->name), 0);
}

static void device_may_not_lie_on_itself(struct kunit *test)
{
	struct mapped_device *md = fx_device(test);

	/* before its first table there is no such disk, after it there is */
	KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 8 linear %s 0", md->devname), -ENXIO);
	fx_activate(test, md, "0 8 zero");
	KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 8 linear %s 0", md->devname), -EINVAL);
}

static void device_may_not_lie_on_what_was_removed(struct kunit *test)
{
	struct mapped_device *below = fx_live(test, "0 8 zero"), *md = fx_device(test);

	fx_remove(test, below);
	KUNIT_EXPECT_NE(test, fx_load(test, md, "0 8 linear %s 0", below->devname), 0);
}

static struct target_type twin = { .name = "kunit", .version = { 9, 9, 9 } };

static void target_type_can_be_registered_once(struct kunit *test)
{
	struct dm_type *type;

	KUNIT_EXPECT_EQ(test, dm_register_target(&twin), -EEXIST);
	type = dm_type_get("kunit");
	KUNIT_ASSERT_NOT_NULL(test, type);
	KUNIT_EXPECT_EQ(test, type->tt->version[0], 1);
	dm_type_put(type);
	KUNIT_EXPECT_PTR_EQ(test, dm_type_get(""), NULL);
	KUNIT_EXPECT_PTR_EQ(test, dm_type_get("kuni"), NULL);
}

static struct target_type other_zero = { .name = "zero", .version = { 9, 9, 9 } };
static struct target_type other_linear = { .name = "linear", .version = { 9, 9, 9 } };

static int count_zero(struct target_type *tt, void *count)
{
	*(int *)count += !strcmp(tt->name, "zero");
	return 0;
}

/* dm-zero.ko may be loaded though the type is built in; nothing changes by that. */
static void target_type_with_a_module_stays_built_in(struct kunit *test)
{
	struct dm_type *type;
	int count = 0;

	KUNIT_EXPECT_EQ(test, dm_register_target(&other_linear), -EEXIST);
	KUNIT_ASSERT_EQ(test, dm_register_target(&other_zero), 0);
	KUNIT_EXPECT_EQ(test, dm_register_target(&other_zero), -EEXIST);
	type = dm_type_get("zero");
	KUNIT_EXPECT_PTR_NE(test, type->tt, &other_zero);
	dm_type_put(type);
	dm_type_for_each(count_zero, &count);
	KUNIT_EXPECT_EQ(test, count, 1);
	fx_live(test, "0 8 zero");
	dm_unregister_target(&other_zero);
	type = dm_type_get("zero");
	KUNIT_ASSERT_NOT_NULL(test, type);
	dm_type_put(type);
}

#define MANY_TARGETS 20000

static void table_of_many_targets_has_them_all(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, MANY_TARGETS);
	struct mapped_device *md = fx_device(test);
	unsigned int i, wrong = 0;
	struct dm_table *t;
	char params[32];

	KUNIT_ASSERT_EQ(test, dm_table_create(&t, READ_WRITE, MANY_TARGETS, md), 0);
	for (i = 0; i < MANY_TARGETS; i++) {
		snprintf(params, sizeof(params), "%s %u", ram->name, MANY_TARGETS - 1 - i);
		wrong += !!dm_table_add_target(t, "linear", i, 1, params);
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_EQ(test, dm_table_add_target(t, "zero", i, 1, params), -ENOSPC);
	KUNIT_EXPECT_EQ(test, dm_table_complete(t), 0);
	KUNIT_EXPECT_EQ(test, list_length(&md->lowers), 1);
	for (i = 0; i < MANY_TARGETS; i++)
		wrong += dm_table_find(t, i) != &t->targets[i];
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_ASSERT_EQ(test, dm_verb_stage(md, t), 0);
	KUNIT_ASSERT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 7000, 50, 1), 0);
	for (i = 7000; i < 7050; i++)
		wrong += !ram_holds(ram, MANY_TARGETS - 1 - i, 1, 1, i);
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static struct kunit_case table_cases[] = {
	KUNIT_CASE_PARAM(table_that_is_wrong_is_refused, bad_gen_params),
	KUNIT_CASE(table_of_the_largest_size_is_taken),
	KUNIT_CASE(table_may_repeat_a_fixed_type),
	KUNIT_CASE(table_of_a_writer_must_be_writeable),
	KUNIT_CASE(table_is_taken_down_when_a_constructor_fails),
	KUNIT_CASE(table_finds_the_target_of_a_sector),
	KUNIT_CASE(disk_is_opened_once_for_many_targets),
	KUNIT_CASE(disk_is_open_for_what_the_table_needs),
	KUNIT_CASE(disk_of_another_holder_is_refused),
	KUNIT_CASE(device_may_not_lie_on_itself),
	KUNIT_CASE(device_may_not_lie_on_what_was_removed),
	KUNIT_CASE(target_type_can_be_registered_once),
	KUNIT_CASE(target_type_with_a_module_stays_built_in),
	KUNIT_CASE(table_of_many_targets_has_them_all),
	{ }
};

static struct kunit_suite table_suite = {
	.name = "dm_table",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = table_cases,
};

kunit_test_suite(table_suite);
