// SPDX-License-Identifier: GPL-2.0
/* Creating devices from a text: include/create.h. */
#include <linux/blkdev.h>
#include <linux/slab.h>

#include "concise.h"
#include "create.h"
#include "fixture.h"
#include "index.h"
#include "script.h"
#include "table.h"
#include "verbs.h"

/* The devices of a text, which has to be good. */
struct texts {
	struct list_head devices;
	char *text;
};

__printf(3, 4)
static void read_text(struct kunit *test, struct texts *t, const char *format, ...)
{
	struct dm_concise_fault fault;
	va_list args;

	va_start(args, format);
	t->text = kvasprintf(GFP_KERNEL, format, args);
	va_end(args);
	KUNIT_ASSERT_NOT_NULL(test, t->text);
	INIT_LIST_HEAD(&t->devices);
	KUNIT_ASSERT_EQ(test, dm_concise_parse(t->text, &t->devices, &fault), 0);
}

static void free_text(struct texts *t)
{
	dm_concise_free(&t->devices);
	kfree(t->text);
}

/* Create all of them. Return the first error. */
static int create_all(struct texts *t)
{
	struct dm_concise *dev;
	int r = 0;

	list_for_each_entry(dev, &t->devices, list) {
		r = dm_create_device(dev);
		if (r)
			break;
	}
	return r;
}

static int remove_named(struct kunit *test, const char *name)
{
	struct mapped_device *md = dm_index_find_name(name);
	bool uevent;
	int r;

	KUNIT_ASSERT_NOT_NULL(test, md);
	r = dm_verb_remove(md, false, 0, &uevent);
	dm_device_put(md);
	return r;
}

static void created_device_is_active(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 64);
	char name[DM_NAME_LEN] = "c,1", uuid[DM_UUID_LEN] = "";
	struct mapped_device *md;
	struct texts t;

	read_text(test, &t, "c\\,1,the uuid,1000,rw,0 8 linear %s 16,8 8 linear %s 0", ram->name,
		  ram->name);
	KUNIT_ASSERT_EQ(test, create_all(&t), 0);
	free_text(&t);

	md = dm_index_find(name, uuid);
	KUNIT_ASSERT_NOT_NULL(test, md);
	KUNIT_EXPECT_STREQ(test, uuid, "the uuid");
	KUNIT_EXPECT_EQ(test, md->minor, 1000);
	KUNIT_EXPECT_EQ(test, dm_state_get(md), DM_STATE_ACTIVE);
	KUNIT_EXPECT_EQ(test, get_capacity(md->disk), 16);
	KUNIT_EXPECT_FALSE(test, get_disk_ro(md->disk));
	KUNIT_EXPECT_NULL(test, md->inactive);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 16, 1), 0);
	KUNIT_EXPECT_EQ(test, fx_read(test, md, 0, 16, 1), 16);
	dm_device_put(md);
	KUNIT_EXPECT_EQ(test, remove_named(test, "c,1"), 0);
}

static void read_only_device_is_read_only(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 64);
	struct mapped_device *md;
	struct texts t;

	read_text(test, &t, "c,,,ro,0 8 linear %s 0", ram->name);
	KUNIT_ASSERT_EQ(test, create_all(&t), 0);
	free_text(&t);
	md = dm_index_find_name("c");
	KUNIT_ASSERT_NOT_NULL(test, md);
	KUNIT_EXPECT_TRUE(test, get_disk_ro(md->disk));
	KUNIT_EXPECT_FALSE(test, !!(fx_active(md)->mode & BLK_OPEN_WRITE));
	dm_device_put(md);
	KUNIT_EXPECT_EQ(test, remove_named(test, "c"), 0);
}

/* A later device lies on an earlier one. */
static void devices_in_order(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 64);
	struct mapped_device *md;
	struct texts t;

	read_text(test, &t, "low,,1001,rw,0 32 linear %s 8; high,,,rw,0 16 linear %u:1001 8",
		  ram->name, dm_major);
	KUNIT_ASSERT_EQ(test, create_all(&t), 0);
	free_text(&t);
	md = dm_index_find_name("high");
	KUNIT_ASSERT_NOT_NULL(test, md);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 16, 5), 0);
	dm_device_put(md);
	md = dm_index_find_name("low");
	KUNIT_ASSERT_NOT_NULL(test, md);
	KUNIT_EXPECT_EQ(test, fx_read(test, md, 8, 16, 5), 0);
	dm_device_put(md);
	KUNIT_EXPECT_EQ(test, remove_named(test, "low"), -EBUSY);
	KUNIT_EXPECT_EQ(test, remove_named(test, "high"), 0);
	KUNIT_EXPECT_EQ(test, remove_named(test, "low"), 0);
}

struct refused {
	const char *name;
	const char *text;
	int r;
};

static const struct refused refused_cases[] = {
	{ "unknown_type", "c,,,rw,0 8 kunit-nosuch", -EINVAL },
	{ "constructor_refuses", "c,,,rw,0 8 linear", -EINVAL },
	{ "second_line_refused", "c,,,rw,0 8 error,8 8 linear", -EINVAL },
	{ "gap", "c,,,rw,0 8 error,9 8 error", -EINVAL },
	{ "zero_length", "c,,,rw,0 0 error", -EINVAL },
	{ "too_large", "c,,,rw,0 18446744073709551615 error", -EINVAL },
	{ "name_with_a_slash", "c/d,,,rw,0 8 error", -EINVAL },
	{ "name_taken", "taken,,,rw,0 8 error", -EBUSY },
	{ "uuid_taken", "c,taken-too,,rw,0 8 error", -EBUSY },
	{ "minor_taken", "c,,1002,rw,0 8 error", -ENXIO },
	{ "no_such_disk", "c,,,rw,0 8 linear 4095:1 0", -ENXIO },
};

static void refused_desc(const struct refused *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(refused, refused_cases, refused_desc);

static void refused_device_is_not_there(struct kunit *test)
{
	const struct refused *c = test->param_value;
	struct mapped_device *md;
	struct texts taken, t;
	dev_t free;

	read_text(test, &taken, "taken,taken-too,1002,rw,0 8 error");
	KUNIT_ASSERT_EQ(test, create_all(&taken), 0);
	free_text(&taken);

	/* the next number that is free tells whether one was left behind */
	md = fx_device(test);
	free = disk_devt(md->disk);
	fx_remove(test, md);

	read_text(test, &t, "%s", c->text);
	KUNIT_EXPECT_EQ(test, create_all(&t), c->r);
	free_text(&t);
	KUNIT_EXPECT_FALSE(test, dm_index_taken("c", false));
	KUNIT_EXPECT_FALSE(test, dm_index_taken("c/d", false));
	if (dm_index_taken("c", false))
		remove_named(test, "c");

	KUNIT_EXPECT_EQ(test, disk_devt(fx_device(test)->disk), free);
	KUNIT_EXPECT_EQ(test, remove_named(test, "taken"), 0);
}

static void failed_resume_leaves_nothing(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 64);
	struct texts t;

	script(0)->preresume_error = -EBADR;
	read_text(test, &t, "c,,,rw,0 8 kunit 0 %s 0", ram->name);
	KUNIT_EXPECT_EQ(test, create_all(&t), -EBADR);
	free_text(&t);
	KUNIT_EXPECT_FALSE(test, dm_index_taken("c", false));
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->ctrs), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->dtrs), 1);
}

/* Who opened the device while it was being made, and reads from it. */
struct early {
	struct kunit *test;
	struct dm_dev dev;
	struct fx_io *io;
};

static void open_early(struct script *s)
{
	struct mapped_device *md = dm_table_get_md(s->ti->table);
	struct early *early = s->context;

	if (dm_compat_bdev_open(&early->dev, disk_devt(md->disk), BLK_OPEN_READ, early))
		return;
	early->io = fx_submit(early->test, early->dev.bdev, REQ_OP_READ, 0, 8, 0);
}

/* As udev does: it sees the disk as soon as there is a table (CVE-2026-72102). */
static void open_device_goes_when_closed(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 64);
	struct early early = { .test = test };
	struct texts t;

	script(0)->preresume_error = -EBADR;
	script(0)->preresume = open_early;
	script(0)->context = &early;
	read_text(test, &t, "c,,,rw,0 8 kunit 0 %s 0", ram->name);
	KUNIT_EXPECT_EQ(test, create_all(&t), -EBADR);
	free_text(&t);
	KUNIT_ASSERT_NOT_NULL(test, early.io);
	KUNIT_EXPECT_EQ(test, fx_wait(test, early.io), -EIO);
	KUNIT_EXPECT_TRUE(test, dm_index_taken("c", false));
	dm_compat_bdev_close(&early.dev);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(!dm_index_taken("c", false)));
	KUNIT_EXPECT_TRUE(test, FX_WAIT(atomic_read(&script(0)->dtrs) == 1));
}

struct type_case {
	const char *type;
	bool allowed;
};

/* As the table in the kernel's documentation of dm-init has them, and a few that it has not. */
static const struct type_case type_cases[] = {
	{ "cache", false }, { "crypt", true }, { "delay", true }, { "era", false },
	{ "flakey", false }, { "linear", true }, { "log-writes", false }, { "mirror", false },
	{ "raid", false }, { "snapshot", false }, { "snapshot-origin", true },
	{ "snapshot-merge", false }, { "striped", true }, { "switch", false }, { "thin", false },
	{ "thin-pool", false }, { "verity", true }, { "writecache", false }, { "zero", false },
	{ "error", false }, { "integrity", false }, { "multipath", false }, { "lin", false },
	{ "linear2", false }, { "Linear", false },
};

static void type_case_desc(const struct type_case *c, char *desc)
{
	strscpy(desc, c->type, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(type, type_cases, type_case_desc);

static void types_as_documented(struct kunit *test)
{
	const struct type_case *c = test->param_value;
	struct texts t;

	read_text(test, &t, "a,,,rw,0 8 %s", c->type);
	KUNIT_EXPECT_EQ(test, dm_create_allowed(&t.devices), c->allowed);
	free_text(&t);
	read_text(test, &t, "a,,,rw,0 8 linear;b,,,rw,0 8 linear,8 8 %s", c->type);
	KUNIT_EXPECT_EQ(test, dm_create_allowed(&t.devices), c->allowed);
	free_text(&t);
}

static struct kunit_case create_cases[] = {
	KUNIT_CASE(created_device_is_active),
	KUNIT_CASE(read_only_device_is_read_only),
	KUNIT_CASE(devices_in_order),
	KUNIT_CASE_PARAM(refused_device_is_not_there, refused_gen_params),
	KUNIT_CASE(failed_resume_leaves_nothing),
	KUNIT_CASE(open_device_goes_when_closed),
	KUNIT_CASE_PARAM(types_as_documented, type_gen_params),
	{ }
};

static struct kunit_suite create_suite = {
	.name = "dm_create",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = create_cases,
};

kunit_test_suite(create_suite);
