// SPDX-License-Identifier: GPL-2.0
/* Names and uuids: include/index.h, through the verbs. */
#include <linux/dm-ioctl.h>
#include <linux/random.h>

#include "fixture.h"
#include "index.h"
#include "verbs.h"

/* A device that this suite removes itself; NULL with the error in @r. */
static struct mapped_device *create(const char *name, const char *uuid, int *r)
{
	struct mapped_device *md = NULL;

	*r = dm_verb_create(name, uuid, DM_ANY_MINOR, &md);
	return *r ? NULL : md;
}

static void finish(struct kunit *test, struct mapped_device *md)
{
	bool uevent;

	KUNIT_EXPECT_EQ(test, dm_verb_remove(md, false, 0, &uevent), 0);
	dm_device_put(md);
}

static bool name_leads_to(const char *name, struct mapped_device *md)
{
	struct mapped_device *found = dm_index_find_name(name);

	if (found)
		dm_device_put(found);
	return found == md;
}

static bool uuid_leads_to(const char *uuid, struct mapped_device *md)
{
	struct mapped_device *found = dm_index_find_uuid(uuid);

	if (found)
		dm_device_put(found);
	return found == md;
}

static void index_finds_by_name_uuid_and_number(struct kunit *test)
{
	struct mapped_device *md, *found;
	int r;

	md = create("alpha", "uuid-1", &r);
	KUNIT_ASSERT_EQ(test, r, 0);
	KUNIT_EXPECT_TRUE(test, name_leads_to("alpha", md));
	KUNIT_EXPECT_TRUE(test, uuid_leads_to("uuid-1", md));
	found = dm_device_find(MKDEV(dm_major, md->minor));
	KUNIT_EXPECT_PTR_EQ(test, found, md);
	if (found)
		dm_device_put(found);
	/* the two trees are two */
	KUNIT_EXPECT_TRUE(test, name_leads_to("uuid-1", NULL));
	KUNIT_EXPECT_TRUE(test, uuid_leads_to("alpha", NULL));
	KUNIT_EXPECT_TRUE(test, name_leads_to("", NULL));
	KUNIT_EXPECT_TRUE(test, name_leads_to("alph", NULL));
	KUNIT_EXPECT_TRUE(test, name_leads_to("alphaa", NULL));
	KUNIT_EXPECT_PTR_EQ(test, dm_device_find(MKDEV(dm_major + 1, md->minor)), NULL);
	finish(test, md);
}

static void index_finds_nothing_after_removal(struct kunit *test)
{
	struct mapped_device *md;
	char name[DM_NAME_LEN], uuid[DM_UUID_LEN];
	int r, minor;

	md = create("alpha", "uuid-1", &r);
	KUNIT_ASSERT_EQ(test, r, 0);
	minor = md->minor;
	dm_device_get(md);
	finish(test, md);
	KUNIT_EXPECT_TRUE(test, name_leads_to("alpha", NULL));
	KUNIT_EXPECT_TRUE(test, uuid_leads_to("uuid-1", NULL));
	KUNIT_EXPECT_PTR_EQ(test, dm_device_find(MKDEV(dm_major, minor)), NULL);
	/* who still has a reference learns that it has no name any more */
	KUNIT_EXPECT_EQ(test, dm_index_names(md, name, uuid), -ENXIO);
	KUNIT_EXPECT_EQ(test, dm_index_rename(md, "beta"), -ENXIO);
	KUNIT_EXPECT_EQ(test, dm_index_set_uuid(md, "uuid-2", uuid), -ENXIO);
	dm_device_put(md);
	/* the strings are free again */
	md = create("alpha", "uuid-1", &r);
	KUNIT_ASSERT_EQ(test, r, 0);
	finish(test, md);
}

static void index_refuses_what_is_taken(struct kunit *test)
{
	struct mapped_device *a, *b;
	int r;

	a = create("alpha", "uuid-1", &r);
	KUNIT_ASSERT_EQ(test, r, 0);
	create("alpha", NULL, &r);
	KUNIT_EXPECT_EQ(test, r, -EBUSY);
	create("beta", "uuid-1", &r);
	KUNIT_EXPECT_EQ(test, r, -EBUSY);
	create("alpha", "uuid-1", &r);
	KUNIT_EXPECT_EQ(test, r, -EBUSY);
	/* what was refused left nothing behind */
	KUNIT_EXPECT_TRUE(test, name_leads_to("beta", NULL));
	KUNIT_EXPECT_TRUE(test, name_leads_to("alpha", a));
	b = create("beta", "uuid-2", &r);
	KUNIT_ASSERT_EQ(test, r, 0);
	KUNIT_EXPECT_TRUE(test, dm_index_taken("alpha", false));
	KUNIT_EXPECT_TRUE(test, dm_index_taken("uuid-2", true));
	KUNIT_EXPECT_FALSE(test, dm_index_taken("alpha", true));
	KUNIT_EXPECT_FALSE(test, dm_index_taken("uuid-2", false));
	finish(test, a);
	finish(test, b);
}

static void create_refuses_bad_names_and_minors(struct kunit *test)
{
	struct mapped_device *md = NULL, *other = NULL;
	const int minor = 4242;

	KUNIT_EXPECT_EQ(test, dm_verb_create("a/b", NULL, DM_ANY_MINOR, &md), -EINVAL);
	KUNIT_EXPECT_EQ(test, dm_verb_create("/", NULL, DM_ANY_MINOR, &md), -EINVAL);
	KUNIT_EXPECT_EQ(test, dm_verb_create("n", NULL, 1 << MINORBITS, &md), -EINVAL);
	KUNIT_EXPECT_EQ(test, dm_verb_create("n", NULL, INT_MAX, &md), -EINVAL);
	KUNIT_EXPECT_EQ(test, dm_verb_create("n", NULL, INT_MIN, &md), -EINVAL);
	KUNIT_ASSERT_EQ(test, dm_verb_create("n", NULL, minor, &md), 0);
	KUNIT_EXPECT_EQ(test, md->minor, minor);
	KUNIT_EXPECT_EQ(test, dm_verb_create("m", NULL, minor, &other), -ENXIO);
	KUNIT_EXPECT_TRUE(test, name_leads_to("m", NULL));
	finish(test, md);
	/* the highest number there is */
	KUNIT_ASSERT_EQ(test, dm_verb_create("n", NULL, (1 << MINORBITS) - 1, &md), 0);
	finish(test, md);
}

static void create_takes_any_other_name(struct kunit *test)
{
	static const char * const odd[] = {
		"control", ".", "..", "a b", "%s", "\\", "\x01", "\xff\xfe", "dm-0",
	};
	struct mapped_device *md;
	char longest[DM_NAME_LEN];
	unsigned int i;
	int r;

	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		md = create(odd[i], odd[i], &r);
		KUNIT_ASSERT_EQ_MSG(test, r, 0, "%s", odd[i]);
		KUNIT_EXPECT_TRUE(test, name_leads_to(odd[i], md));
		finish(test, md);
	}
	memset(longest, 'n', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	md = create(longest, longest, &r);
	KUNIT_ASSERT_EQ(test, r, 0);
	KUNIT_EXPECT_TRUE(test, name_leads_to(longest, md));
	finish(test, md);
}

static int rename(const char *from, const char *to, bool uuid)
{
	struct mapped_device *md;
	bool uevent;
	int r = dm_verb_rename(from, to, uuid, 0, &uevent, &md);

	if (!r)
		dm_device_put(md);
	return r;
}

static void rename_moves_the_name(struct kunit *test)
{
	struct mapped_device *a, *b;
	int r;

	a = create("alpha", NULL, &r);
	KUNIT_ASSERT_EQ(test, r, 0);
	b = create("beta", NULL, &r);
	KUNIT_ASSERT_EQ(test, r, 0);
	KUNIT_EXPECT_EQ(test, rename("alpha", "gamma", false), 0);
	KUNIT_EXPECT_TRUE(test, name_leads_to("gamma", a));
	KUNIT_EXPECT_TRUE(test, name_leads_to("alpha", NULL));
	KUNIT_EXPECT_EQ(test, rename("gamma", "beta", false), -EBUSY);
	KUNIT_EXPECT_EQ(test, rename("gamma", "gamma", false), -EBUSY);
	KUNIT_EXPECT_EQ(test, rename("gamma", "x/y", false), -EINVAL);
	KUNIT_EXPECT_EQ(test, rename("alpha", "delta", false), -ENXIO);
	KUNIT_EXPECT_EQ(test, rename("alpha", "beta", false), -EBUSY);
	/* none of that changed anything */
	KUNIT_EXPECT_TRUE(test, name_leads_to("gamma", a));
	KUNIT_EXPECT_TRUE(test, name_leads_to("beta", b));
	finish(test, a);
	finish(test, b);
}

static void uuid_can_be_given_once(struct kunit *test)
{
	char uuid[DM_UUID_LEN] = "", name[DM_NAME_LEN];
	struct mapped_device *a, *b;
	int r;

	a = create("alpha", NULL, &r);
	KUNIT_ASSERT_EQ(test, r, 0);
	b = create("beta", "uuid-b", &r);
	KUNIT_ASSERT_EQ(test, r, 0);
	KUNIT_EXPECT_EQ(test, dm_index_names(a, name, uuid), 0);
	KUNIT_EXPECT_STREQ(test, name, "alpha");
	KUNIT_EXPECT_STREQ(test, uuid, "");
	KUNIT_EXPECT_EQ(test, rename("alpha", "uuid-b", true), -EBUSY);
	/* a uuid may hold a slash */
	KUNIT_EXPECT_EQ(test, rename("alpha", "uuid/a", true), 0);
	KUNIT_EXPECT_TRUE(test, uuid_leads_to("uuid/a", a));
	KUNIT_EXPECT_EQ(test, rename("alpha", "uuid-c", true), -EINVAL);
	KUNIT_EXPECT_EQ(test, dm_index_set_uuid(a, "uuid-c", uuid), -EINVAL);
	KUNIT_EXPECT_STREQ(test, uuid, "uuid/a");
	KUNIT_EXPECT_TRUE(test, uuid_leads_to("uuid-c", NULL));
	KUNIT_EXPECT_EQ(test, rename("nobody", "uuid-c", true), -ENXIO);
	finish(test, a);
	finish(test, b);
}

struct walk {
	struct kunit *test;
	char last[DM_NAME_LEN];
	unsigned int count, stop_after, disorder;
};

static int visit(struct mapped_device *md, void *context)
{
	struct walk *walk = context;

	walk->disorder += strcmp(walk->last, md->name) >= 0;
	strscpy(walk->last, md->name, sizeof(walk->last));
	return ++walk->count == walk->stop_after ? -ECANCELED : 0;
}

#define MANY 100

/* Many devices that come, change their names and go in any order. */
static void index_stays_in_order_through_changes(struct kunit *test)
{
	struct mapped_device **mds, *md;
	char name[32], uuid[32];
	struct walk walk = { };
	struct rnd_state rnd;
	unsigned int i, at, live = 0, steps;
	int r;

	prandom_seed_state(&rnd, 7);
	mds = kunit_kcalloc(test, MANY, sizeof(*mds), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mds);
	for (i = 0; i < 300; i++) {
		at = prandom_u32_state(&rnd) % MANY;
		if (!mds[at]) {
			snprintf(name, sizeof(name), "%x-%u", hash_32(at, 16), at);
			snprintf(uuid, sizeof(uuid), "%x", hash_32(at * 7, 32));
			mds[at] = create(name, at % 2 ? uuid : NULL, &r);
			KUNIT_ASSERT_EQ(test, r, 0);
			live++;
		} else if (prandom_u32_state(&rnd) % 2) {
			snprintf(name, sizeof(name), "%x-%u", prandom_u32_state(&rnd), i);
			KUNIT_EXPECT_EQ(test, dm_index_rename(mds[at], name), 0);
			KUNIT_EXPECT_TRUE(test, name_leads_to(name, mds[at]));
		} else {
			finish(test, mds[at]);
			mds[at] = NULL;
			live--;
		}
	}
	KUNIT_EXPECT_EQ(test, dm_index_for_each(visit, &walk), 0);
	KUNIT_EXPECT_EQ(test, walk.count, live);
	KUNIT_EXPECT_EQ(test, walk.disorder, 0);

	walk = (struct walk){ .stop_after = 3 };
	KUNIT_EXPECT_EQ(test, dm_index_for_each(visit, &walk), -ECANCELED);
	KUNIT_EXPECT_EQ(test, walk.count, 3);

	/* the other way to walk */
	name[0] = '\0';
	for (steps = 0; (md = dm_index_next(*name ? name : NULL)); steps++) {
		KUNIT_EXPECT_LT(test, strcmp(name, md->name), 0);
		strscpy(name, md->name, sizeof(name));
		dm_device_put(md);
	}
	KUNIT_EXPECT_EQ(test, steps, live);

	for (i = 0; i < MANY; i++)
		if (mds[i])
			finish(test, mds[i]);
	walk = (struct walk){ };
	dm_index_for_each(visit, &walk);
	KUNIT_EXPECT_EQ(test, walk.count, 0);
}

static void remove_all_leaves_what_is_open(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *open = fx_live(test, "0 8 linear %s 0", ram->name);
	struct dm_dev d = { };

	fx_device(test);
	fx_device(test);
	KUNIT_ASSERT_EQ(test, dm_compat_bdev_open(&d, disk_devt(open->disk), BLK_OPEN_READ, test),
			0);
	KUNIT_EXPECT_EQ(test, dm_disk_open_count(open), 1);
	dm_verb_remove_all(false);
	KUNIT_EXPECT_NE(test, (int)dm_state_get(open), (int)DM_STATE_DEAD);
	KUNIT_EXPECT_PTR_EQ(test, dm_index_next(open->name), NULL);
	dm_compat_bdev_close(&d);
	dm_verb_remove_all(false);
	KUNIT_EXPECT_PTR_EQ(test, dm_index_next(NULL), NULL);
}

static struct kunit_case index_cases[] = {
	KUNIT_CASE(index_finds_by_name_uuid_and_number),
	KUNIT_CASE(index_finds_nothing_after_removal),
	KUNIT_CASE(index_refuses_what_is_taken),
	KUNIT_CASE(create_refuses_bad_names_and_minors),
	KUNIT_CASE(create_takes_any_other_name),
	KUNIT_CASE(rename_moves_the_name),
	KUNIT_CASE(uuid_can_be_given_once),
	KUNIT_CASE(index_stays_in_order_through_changes),
	KUNIT_CASE(remove_all_leaves_what_is_open),
	{ }
};

static struct kunit_suite index_suite = {
	.name = "dm_index",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = index_cases,
};

kunit_test_suite(index_suite);
