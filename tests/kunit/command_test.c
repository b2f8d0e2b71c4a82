// SPDX-License-Identifier: GPL-2.0
/*
 * The commands that write lists, called as the control device calls them, at
 * every length of the caller's buffer: include/control.h.
 */
#include <linux/slab.h>
#include <linux/types.h>
#include <linux/kdev_t.h>

#include "control.h"
#include "fixture.h"
#include "index.h"
#include "script.h"
#include "verbs.h"

struct command {
	const char *name;
	int (*fn)(struct dm_call *call);
	u32 flags;
	bool by_name;	/* it is about one device */
};

static const struct command commands[] = {
	{ "list_devices", dm_cmd_list_devices, 0, false },
	{ "list_devices_with_uuids", dm_cmd_list_devices, DM_UUID_FLAG, false },
	{ "list_versions", dm_cmd_list_versions, 0, false },
	{ "table_status", dm_cmd_table_status, 0, true },
	{ "table_status_table", dm_cmd_table_status, DM_STATUS_TABLE_FLAG, true },
	{ "table_deps", dm_cmd_deps, 0, true },
};

static void command_desc(const struct command *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(command, commands, command_desc);

/* Run a command with room for so many bytes behind the header. */
static int run(struct dm_call *call, struct dm_ioctl *hdr, const struct command *c,
	       struct mapped_device *md, size_t room)
{
	memset(call, 0, sizeof(*call));
	memset(hdr, 0, sizeof(*hdr));
	hdr->flags = c->flags;
	if (c->by_name)
		strscpy(hdr->name, md->name, sizeof(hdr->name));
	call->req.hdr = hdr;
	call->req.size = sizeof(*hdr) + room;
	dm_reply_init(&call->reply, room);
	return c->fn(call);
}

/* A status of which each byte must come through, longer than a first guess. */
static void long_status(struct kunit *test, unsigned int len)
{
	char *text = kunit_kzalloc(test, len + 1, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = 0; i < len; i++)
		text[i] = 'a' + i % 26;
	script(0)->status = text;
}

/* Devices with names, uuids and tables of all kinds of lengths. */
static struct mapped_device *populate(struct kunit *test)
{
	struct ramdisk *a = fx_disk(test, 4096), *b = fx_disk(test, 4096);
	char had[DM_UUID_LEN];
	struct mapped_device *md;

	md = fx_live(test, "0 8 linear %s 0\n8 16 striped 2 8 %s 8 %s 0\n24 3 kunit 0\n27 1 error",
		     a->name, a->name, b->name);
	KUNIT_ASSERT_EQ(test, dm_index_set_uuid(fx_device(test), "u", had), 0);
	KUNIT_ASSERT_EQ(test, dm_index_set_uuid(fx_device(test), "uuid-1234567", had), 0);
	fx_device(test);
	return md;
}

/*
 * Lists and deps are given whole or not at all, where the length that is told of
 * them has room; a status target by target.
 */
static bool is_cut_by_records(const struct command *c)
{
	return c->fn == dm_cmd_table_status;
}

/* The largest number of whole specifications of @all within @room. */
static size_t specs_within(const struct dm_reply *all, size_t room)
{
	size_t at = 0, used = 0, end;

	while (at < all->used) {
		const struct dm_target_spec *spec = (void *)(all->base + at);

		end = at + sizeof(*spec) + strlen((char *)(spec + 1)) + 1;
		/* as the stock module: a text that just fits counts as cut off */
		if (end >= room)
			break;
		used = end;
		at = spec->next;
	}
	return used;
}

static void command_fills_its_buffer_and_no_byte_more(struct kunit *test)
{
	const struct command *c = test->param_value;
	struct mapped_device *md = populate(test);
	struct dm_ioctl hdr;
	struct dm_call whole, call;
	size_t room, expected;

	long_status(test, 100);
	KUNIT_ASSERT_EQ(test, run(&whole, &hdr, c, md, 1 << 16), 0);
	KUNIT_ASSERT_FALSE(test, whole.reply.full);
	KUNIT_ASSERT_GT(test, whole.reply.used, 8);
	for (room = 0; room <= whole.reply.used + 8; room++) {
		KUNIT_ASSERT_EQ(test, run(&call, &hdr, c, md, room), 0);
		if (is_cut_by_records(c))
			expected = specs_within(&whole.reply, room);
		else
			expected = room >= max(whole.reply.used, whole.reply.claim) ?
				whole.reply.used : 0;
		KUNIT_EXPECT_EQ_MSG(test, call.reply.used, expected, "room %zu", room);
		KUNIT_EXPECT_EQ_MSG(test, call.reply.full, expected < whole.reply.used,
				    "room %zu", room);
		KUNIT_EXPECT_LE(test, call.reply.size, room);
		if (call.reply.used)
			KUNIT_EXPECT_EQ_MSG(test, memcmp(call.reply.base, whole.reply.base,
							 call.reply.used), 0, "room %zu", room);
		dm_reply_free(&call.reply);
	}
	dm_reply_free(&whole.reply);
}

/* CVE-2021-31916: no device, and less room than the empty record has bytes. */
static void list_of_no_devices_needs_no_room_CVE_2021_31916(struct kunit *test)
{
	const struct command *c = &commands[0];
	struct dm_ioctl hdr;
	struct dm_call call;
	size_t room;

	for (room = 0; room <= 16; room++) {
		KUNIT_ASSERT_EQ(test, run(&call, &hdr, c, NULL, room), 0);
		KUNIT_EXPECT_LE(test, call.reply.used, room);
		KUNIT_EXPECT_EQ_MSG(test, call.reply.full, room < 8, "room %zu", room);
		dm_reply_free(&call.reply);
	}
}

static void list_of_devices_is_linked_and_sorted(struct kunit *test)
{
	const struct command *c = &commands[1];
	char last[DM_NAME_LEN] = "";
	unsigned int n = 0, uuids = 0;
	struct dm_ioctl hdr;
	struct dm_call call;
	size_t at = 0;

	populate(test);
	KUNIT_ASSERT_EQ(test, run(&call, &hdr, c, NULL, 1 << 16), 0);
	for (;;) {
		const struct dm_name_list *record = (void *)(call.reply.base + at);
		size_t tail = ALIGN(offsetof(struct dm_name_list, name) +
				    strlen(record->name) + 1, 8);
		const u32 *event = (void *)record + tail;

		KUNIT_ASSERT_LT(test, at, call.reply.used);
		KUNIT_EXPECT_EQ(test, at % 8, 0);
		KUNIT_EXPECT_LT(test, strcmp(last, record->name), 0);
		KUNIT_EXPECT_EQ(test, MAJOR(huge_decode_dev(record->dev)), dm_major);
		KUNIT_EXPECT_EQ(test, event[0], 0);
		if (event[1] == DM_NAME_LIST_FLAG_HAS_UUID)
			uuids++;
		else
			KUNIT_EXPECT_EQ(test, event[1], DM_NAME_LIST_FLAG_DOESNT_HAVE_UUID);
		strscpy(last, record->name, sizeof(last));
		n++;
		if (!record->next)
			break;
		at += record->next;
	}
	KUNIT_EXPECT_EQ(test, n, 4);
	KUNIT_EXPECT_EQ(test, uuids, 2);
	dm_reply_free(&call.reply);
}

/* CVE-2022-49771, CVE-2026-72106: what a record needs is what it was measured with. */
static void list_of_versions_is_linked(struct kunit *test)
{
	static const char * const expected[] = {
		"kunit-waits", "kunit-rw", "kunit-fixed", "kunit-single", "kunit", "zero",
		"striped", "linear", "error",
	};
	struct dm_ioctl hdr;
	struct dm_call call;
	unsigned int i = 0;
	size_t at = 0;

	KUNIT_ASSERT_EQ(test, run(&call, &hdr, &commands[2], NULL, 1 << 16), 0);
	for (;;) {
		const struct dm_target_versions *record = (void *)(call.reply.base + at);

		KUNIT_ASSERT_LT(test, i, ARRAY_SIZE(expected));
		KUNIT_EXPECT_STREQ(test, record->name, expected[i]);
		if (!strcmp(record->name, "kunit")) {
			KUNIT_EXPECT_EQ(test, record->version[0], 1);
			KUNIT_EXPECT_EQ(test, record->version[1], 2);
			KUNIT_EXPECT_EQ(test, record->version[2], 3);
		}
		i++;
		if (!record->next)
			break;
		at += record->next;
	}
	KUNIT_EXPECT_EQ(test, i, ARRAY_SIZE(expected));
	dm_reply_free(&call.reply);
}

/* A status function cuts off what does not fit: it is asked again with more room. */
static void status_of_any_length_comes_whole(struct kunit *test)
{
	static const unsigned int lengths[] = {
		0, 1, 900, 982, 983, 984, 985, 1023, 1024, 2000, 5000, 70000,
	};
	struct mapped_device *md = fx_live(test, "0 8 kunit 0\n8 8 kunit 1");
	const struct dm_target_spec *spec;
	struct dm_ioctl hdr;
	struct dm_call call;
	unsigned int i;

	script(1)->status = "second";
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		long_status(test, lengths[i]);
		KUNIT_ASSERT_EQ(test, run(&call, &hdr, &commands[3], md, 1 << 20), 0);
		KUNIT_EXPECT_FALSE(test, call.reply.full);
		spec = (void *)call.reply.base;
		KUNIT_EXPECT_EQ(test, (u64)spec->sector_start, 0ULL);
		KUNIT_EXPECT_EQ(test, (u64)spec->length, 8ULL);
		KUNIT_EXPECT_STREQ(test, spec->target_type, "kunit");
		KUNIT_EXPECT_EQ_MSG(test, strcmp((char *)(spec + 1), script(0)->status), 0,
				    "length %u", lengths[i]);
		KUNIT_ASSERT_LT(test, spec->next, call.reply.used);
		spec = (void *)(call.reply.base + spec->next);
		KUNIT_EXPECT_EQ(test, (u64)spec->sector_start, 8ULL);
		KUNIT_EXPECT_STREQ(test, (char *)(spec + 1), "second");
		dm_reply_free(&call.reply);
	}
}

/* CVE-2026-46294: the end of the status is not aligned, nor is the buffer's. */
static void status_of_any_length_fits_any_buffer_CVE_2026_46294(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 kunit 0\n8 8 kunit 1");
	const size_t spec = sizeof(struct dm_target_spec);
	struct dm_ioctl hdr;
	struct dm_call call;
	unsigned int len;
	size_t room, end;

	for (len = 0; len < 10; len++) {
		long_status(test, len);
		script(1)->status = script(0)->status;
		for (room = spec; room < 2 * (spec + len) + 24; room++) {
			KUNIT_ASSERT_EQ(test, run(&call, &hdr, &commands[3], md, room), 0);
			end = spec + len + 1 < room ? spec + len + 1 : 0;
			if (end && ALIGN(end, 8) + spec + len + 1 < room)
				end = ALIGN(end, 8) + spec + len + 1;
			KUNIT_EXPECT_EQ_MSG(test, call.reply.used, end, "text %u, room %zu", len,
					    room);
			dm_reply_free(&call.reply);
		}
	}
}

/* A message, as the control device gives it to the command. */
static int message(struct kunit *test, struct mapped_device *md, sector_t sector,
		   const char *text, size_t room, char *answer, size_t answer_size)
{
	size_t size = sizeof(struct dm_ioctl) + sizeof(struct dm_target_msg) + strlen(text) + 1;
	struct dm_call call = { };
	struct dm_target_msg *msg;
	int r;

	call.req.size = size;
	call.req.buf = kzalloc(size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, call.req.buf);
	call.req.hdr = (void *)call.req.buf;
	call.req.hdr->data_start = sizeof(struct dm_ioctl);
	strscpy(call.req.hdr->name, md->name, sizeof(call.req.hdr->name));
	msg = (void *)(call.req.hdr + 1);
	msg->sector = sector;
	memcpy(msg->message, text, strlen(text) + 1);
	dm_reply_init(&call.reply, room);
	r = dm_cmd_message(&call);
	if (answer) {
		*answer = '\0';
		if (!r && call.reply.used)
			strscpy(answer, call.reply.base, answer_size);
	}
	KUNIT_EXPECT_LE(test, call.reply.used, room);
	dm_reply_free(&call.reply);
	kfree(call.req.buf);
	return r;
}

static void message_goes_to_the_target_of_its_sector(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 kunit 0\n8 8 kunit 1\n16 8 error");
	char answer[64];

	script(0)->message_result = 1;
	script(1)->message_result = -EXDEV;
	KUNIT_EXPECT_EQ(test, message(test, md, 7, "a b\\ c", 100, answer, sizeof(answer)), 0);
	KUNIT_EXPECT_STREQ(test, answer, "2 b c");
	KUNIT_EXPECT_EQ(test, message(test, md, 8, "x", 100, NULL, 0), -EXDEV);
	KUNIT_EXPECT_EQ(test, message(test, md, 15, "x", 0, NULL, 0), -EXDEV);
	/* no such function; no such sector; no word; no one to know the message */
	KUNIT_EXPECT_EQ(test, message(test, md, 16, "x", 100, NULL, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, message(test, md, 24, "x", 100, NULL, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, message(test, md, U64_MAX, "x", 100, NULL, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, message(test, md, 0, "  ", 100, NULL, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, message(test, md, 0, "@what", 100, NULL, 0), -EINVAL);
}

static void message_answer_fits_any_buffer(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 kunit 0");
	char answer[64];
	size_t room;

	script(0)->message_result = 1;
	for (room = 0; room < 20; room++) {
		KUNIT_EXPECT_EQ(test, message(test, md, 0, "x hello", room, answer,
					      sizeof(answer)), 0);
		/* "2 hello" and its end, and one more by which it is known as whole */
		KUNIT_EXPECT_STREQ(test, answer, room > 8 ? "2 hello" : "");
	}
}

struct sender {
	struct kunit *test;
	struct mapped_device *md;
	unsigned int sent;
	bool stop;
};

static int send_job(struct fx_job *job)
{
	struct sender *s = job->context;
	int r = 0;

	while (!r && !READ_ONCE(s->stop)) {
		r = message(s->test, s->md, 0, "x", 0, NULL, 0);
		WRITE_ONCE(s->sent, s->sent + 1);
	}
	return r;
}

#define SENDERS 2
#define MESSAGES 200

/* CVE-2023-54324: messages have a target get and put a device while deps are listed. */
static void deps_hold_under_messages_CVE_2023_54324(struct kunit *test)
{
	struct ramdisk *a = fx_disk(test, 64), *b = fx_disk(test, 64);
	struct mapped_device *md = fx_live(test, "0 8 kunit 0 %s 0", a->name);
	struct sender senders[SENDERS] = { };
	const struct command c = { .fn = dm_cmd_deps, .by_name = true };
	struct fx_job *jobs[SENDERS];
	const struct dm_target_deps *deps;
	struct dm_ioctl hdr;
	struct dm_call call;
	unsigned int i;

	script(0)->message_dev = b->name;
	for (i = 0; i < SENDERS; i++) {
		senders[i].test = test;
		senders[i].md = md;
		jobs[i] = fx_job_start(test, send_job, &senders[i]);
	}
	while (READ_ONCE(senders[0].sent) < MESSAGES || READ_ONCE(senders[1].sent) < MESSAGES) {
		if (fx_job_is_done(jobs[0]) || fx_job_is_done(jobs[1]))
			break;
		KUNIT_EXPECT_EQ(test, run(&call, &hdr, &c, md, 1000), 0);
		deps = (void *)call.reply.base;
		KUNIT_EXPECT_TRUE(test, deps->count == 1 || deps->count == 2);
		KUNIT_EXPECT_EQ(test, call.reply.used, struct_size(deps, dev, deps->count));
		dm_reply_free(&call.reply);
	}
	for (i = 0; i < SENDERS; i++)
		WRITE_ONCE(senders[i].stop, true);
	for (i = 0; i < SENDERS; i++)
		KUNIT_EXPECT_EQ(test, fx_job_wait(test, jobs[i]), 0);
	KUNIT_EXPECT_GE(test, senders[0].sent, MESSAGES);
	/* of each message the device is gone again */
	KUNIT_EXPECT_EQ(test, run(&call, &hdr, &c, md, 1000), 0);
	KUNIT_EXPECT_EQ(test, ((struct dm_target_deps *)call.reply.base)->count, 1);
	dm_reply_free(&call.reply);
}

static struct kunit_case command_cases[] = {
	KUNIT_CASE_PARAM(command_fills_its_buffer_and_no_byte_more, command_gen_params),
	KUNIT_CASE(list_of_no_devices_needs_no_room_CVE_2021_31916),
	KUNIT_CASE(list_of_devices_is_linked_and_sorted),
	KUNIT_CASE(list_of_versions_is_linked),
	KUNIT_CASE(status_of_any_length_comes_whole),
	KUNIT_CASE(status_of_any_length_fits_any_buffer_CVE_2026_46294),
	KUNIT_CASE(message_goes_to_the_target_of_its_sector),
	KUNIT_CASE(message_answer_fits_any_buffer),
	KUNIT_CASE(deps_hold_under_messages_CVE_2023_54324),
	{ }
};

static struct kunit_suite command_suite = {
	.name = "dm_command",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = command_cases,
};

kunit_test_suite(command_suite);
