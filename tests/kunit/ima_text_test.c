// SPDX-License-Identifier: GPL-2.0
/* What IMA measures, as text: include/ima_text.h. */
#include <linux/dm-ioctl.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ima_text.h"
#include "kunit.h"

#define VERSION	"dm_version=" __stringify(DM_VERSION_MAJOR) "." \
		__stringify(DM_VERSION_MINOR) "." __stringify(DM_VERSION_PATCHLEVEL) ";"
#define NUMBERS	",major=253,minor=2,minor_count=1,num_targets="
#define HASH1	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HASH2	"a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"

static const u8 hash1[DM_IMA_HASH_SIZE] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
};

static const u8 hash2[DM_IMA_HASH_SIZE] = {
	0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad,
	0xae, 0xaf, 0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb,
	0xbc, 0xbd, 0xbe, 0xbf,
};

static const struct dm_ima_who who = {
	.name = "l1", .uuid = "", .major = 253, .minor = 2, .minors = 1, .sectors = 2048,
};

static const struct dm_ima_slot empty, first = {
	.name = "l1", .uuid = "", .num_targets = 2, .hash = hash1,
}, second = {
	.name = "l=1", .uuid = "u", .num_targets = 1, .hash = hash2,
};

/* Memory of just the size, so that KASAN sees what goes beyond it. */
static struct dm_ima_text text_of(struct kunit *test, size_t room)
{
	struct dm_ima_text text = { .buf = kunit_kmalloc(test, room, GFP_KERNEL), .room = room };

	KUNIT_ASSERT_NOT_NULL(test, text.buf);
	return text;
}

static void text_is(struct kunit *test, struct dm_ima_text *text, const char *want)
{
	KUNIT_EXPECT_STREQ(test, text->buf, want);
	KUNIT_EXPECT_EQ(test, text->len, strlen(want));
	text->len = 0;
}

static void resume_says_the_active_table(struct kunit *test)
{
	struct dm_ima_text text = text_of(test, DM_IMA_ROOM);

	dm_ima_text_resume(&text, &who, &first);
	text_is(test, &text, VERSION "name=l1,uuid=" NUMBERS "2;active_table_hash=sha256:" HASH1
		";current_device_capacity=2048;");
}

static void clear_says_the_inactive_table_if_there_is_one(struct kunit *test)
{
	struct dm_ima_text text = text_of(test, DM_IMA_ROOM);

	dm_ima_text_clear(&text, &who, &second);
	text_is(test, &text, VERSION "name=l\\=1,uuid=u" NUMBERS "1;inactive_table_hash=sha256:"
		HASH2 ";current_device_capacity=2048;");
	dm_ima_text_clear(&text, &who, &empty);
	text_is(test, &text,
		VERSION "name=l1,uuid=;table_clear=no_data;current_device_capacity=2048;");
}

static void remove_says_both_tables(struct kunit *test)
{
	struct dm_ima_text text = text_of(test, DM_IMA_ROOM);

	dm_ima_text_remove(&text, &who, &first, &second, false);
	text_is(test, &text, VERSION "device_active_metadata=name=l1,uuid=" NUMBERS
		"2;device_inactive_metadata=name=l\\=1,uuid=u" NUMBERS
		"1;active_table_hash=sha256:" HASH1 ",inactive_table_hash=sha256:" HASH2
		",remove_all=n;current_device_capacity=2048;");
	dm_ima_text_remove(&text, &who, &first, &empty, true);
	text_is(test, &text, VERSION "device_active_metadata=name=l1,uuid=" NUMBERS
		"2;active_table_hash=sha256:" HASH1
		",remove_all=y;current_device_capacity=2048;");
	dm_ima_text_remove(&text, &who, &empty, &second, false);
	text_is(test, &text, VERSION "device_inactive_metadata=name=l\\=1,uuid=u" NUMBERS
		"1;inactive_table_hash=sha256:" HASH2
		",remove_all=n;current_device_capacity=2048;");
}

static void rename_says_old_and_new_names(struct kunit *test)
{
	struct dm_ima_text text = text_of(test, DM_IMA_ROOM);

	dm_ima_text_rename(&text, &who, &second);
	text_is(test, &text, VERSION "name=l\\=1,uuid=u" NUMBERS
		"1;new_name=l1,new_uuid=;current_device_capacity=2048;");
}

/* The longest names, all of it to be escaped, are not cut; and less room is enough. */
static void names_are_escaped_and_fit(struct kunit *test)
{
	struct dm_ima_text text = text_of(test, DM_IMA_ROOM);
	struct dm_ima_slot a = first, b = second;
	struct dm_ima_who most = who;
	char name[DM_NAME_LEN], uuid[DM_UUID_LEN];
	size_t len, room;

	memset(name, ';', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memset(uuid, '\\', sizeof(uuid) - 1);
	uuid[sizeof(uuid) - 1] = '\0';
	a.name = name;
	b.name = name;
	most.name = name;
	a.uuid = uuid;
	b.uuid = uuid;
	most.uuid = uuid;
	dm_ima_text_remove(&text, &most, &a, &b, true);
	len = text.len;
	KUNIT_EXPECT_STREQ(test, text.buf + len - 29, "current_device_capacity=2048;");
	text.len = 0;
	dm_ima_text_rename(&text, &most, &a);
	KUNIT_EXPECT_STREQ(test, text.buf + text.len - 29, "current_device_capacity=2048;");

	for (room = 1; room <= len; room += 7) {
		struct dm_ima_text little = text_of(test, room);

		dm_ima_text_remove(&little, &most, &a, &b, true);
		KUNIT_EXPECT_EQ(test, little.len, room - 1);
		KUNIT_EXPECT_EQ(test, little.buf[room - 1], '\0');
	}
}

/* A load of targets whose texts have given lengths; what comes is taken apart again. */
struct load_check {
	struct kunit *test;
	const unsigned int *lens;
	unsigned int next;		/* the target that is to come */
	unsigned int events, most;	/* @most: the longest event */
	unsigned int stop;		/* after so many */
};

static void check_place(void *context, unsigned int i, u64 *begin, u64 *len)
{
	*begin = i * 8ULL;
	*len = 8;
}

static void check_status(void *context, unsigned int i, char *text, unsigned int room)
{
	struct load_check *c = context;
	unsigned int len = min(c->lens[i], room - 1);

	KUNIT_EXPECT_EQ(c->test, room, DM_IMA_STATUS_MAX);
	memset(text, 'a' + i % 26, len);
	text[len] = '\0';
}

static bool check_event(void *context, const char *data, size_t len)
{
	static const char head[] = VERSION "name=l1,uuid=" NUMBERS;
	struct load_check *c = context;
	const char *at = data + strlen(head), *end = data + len;
	char row[96];

	c->events++;
	c->most = max_t(unsigned int, c->most, len);
	KUNIT_EXPECT_LT(c->test, len, DM_IMA_EVENT_MAX);
	KUNIT_ASSERT_EQ(c->test, strncmp(data, head, strlen(head)), 0);
	at = memchr(at, ';', end - at) + 1;
	KUNIT_EXPECT_TRUE(c->test, at < end);
	while (at < end) {
		unsigned int i = c->next++, text = min(c->lens[i], DM_IMA_STATUS_MAX - 1U);
		size_t n = scnprintf(row, sizeof(row),
				     "target_index=%u,target_begin=%u,target_len=8,", i, i * 8);

		KUNIT_ASSERT_LE(c->test, n + text, end - at);
		KUNIT_ASSERT_EQ(c->test, strncmp(at, row, n), 0);
		if (text) {
			KUNIT_EXPECT_EQ(c->test, at[n], 'a' + i % 26);
			KUNIT_EXPECT_NULL(c->test, memchr_inv(at + n, 'a' + i % 26, text));
		}
		at += n + text;
	}
	return c->events != c->stop;
}

static struct load_check load_check(struct kunit *test, struct dm_ima_text text,
				    const unsigned int *lens, unsigned int n, unsigned int stop)
{
	struct load_check c = { .test = test, .lens = lens, .stop = stop };
	const struct dm_ima_load load = {
		.who = who,
		.num_targets = n,
		.place = check_place,
		.status = check_status,
		.event = check_event,
		.context = &c,
	};

	dm_ima_text_load(&text, &load);
	return c;
}

static void load_says_all_targets(struct kunit *test)
{
	unsigned int *lens = kunit_kzalloc(test, 400 * sizeof(*lens), GFP_KERNEL);
	struct dm_ima_text text = text_of(test, DM_IMA_ROOM);
	struct load_check c;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, lens);
	for (i = 0; i < 400; i++)
		lens[i] = i * 7919 % 211;
	c = load_check(test, text, lens, 400, 0);
	KUNIT_EXPECT_EQ(test, c.next, 400U);
	KUNIT_EXPECT_GT(test, c.events, 10U);

	/* and no more after one that nobody wants */
	c = load_check(test, text, lens, 400, 1);
	KUNIT_EXPECT_EQ(test, c.events, 1U);
	KUNIT_EXPECT_LT(test, c.next, 60U);
}

static void load_cuts_long_texts(struct kunit *test)
{
	static const unsigned int lens[] = { 2046, 2047, 2048, 5000, 0, 4000, 1 };
	struct load_check c = load_check(test, text_of(test, DM_IMA_ROOM), lens,
					 ARRAY_SIZE(lens), 0);

	KUNIT_EXPECT_EQ(test, c.next, ARRAY_SIZE(lens));
}

/* Whether the last target still fits or is alone in an event: it is there. */
static void load_fills_events_to_the_last_byte(struct kunit *test)
{
	unsigned int lens[] = { 1000, 1000, 1000, 0 }, events = 0, most = 0;
	struct dm_ima_text text = text_of(test, DM_IMA_ROOM);

	for (lens[3] = 700; lens[3] < 1000; lens[3]++) {
		struct load_check c = load_check(test, text, lens, ARRAY_SIZE(lens), 0);

		KUNIT_EXPECT_EQ(test, c.next, 4U);
		KUNIT_EXPECT_GE(test, c.events, max(events, 1U));
		KUNIT_EXPECT_LE(test, c.events, 2U);
		events = c.events;
		most = max(most, c.most);
	}
	KUNIT_EXPECT_EQ(test, events, 2U);
	KUNIT_EXPECT_EQ(test, most, DM_IMA_EVENT_MAX - 1U);
}

static struct kunit_case ima_text_test_cases[] = {
	KUNIT_CASE(resume_says_the_active_table),
	KUNIT_CASE(clear_says_the_inactive_table_if_there_is_one),
	KUNIT_CASE(remove_says_both_tables),
	KUNIT_CASE(rename_says_old_and_new_names),
	KUNIT_CASE(names_are_escaped_and_fit),
	KUNIT_CASE(load_says_all_targets),
	KUNIT_CASE(load_cuts_long_texts),
	KUNIT_CASE(load_fills_events_to_the_last_byte),
	{ }
};

static struct kunit_suite ima_text_suite = {
	.name = "dm_ima_text",
	.test_cases = ima_text_test_cases,
};

kunit_test_suite(ima_text_suite);
