// SPDX-License-Identifier: GPL-2.0
/* Reading the concise format: include/concise.h. */
#include <linux/device-mapper.h>
#include <linux/slab.h>

#include "concise.h"
#include "kunit.h"

#define DUMP_SIZE 1024

struct concise_case {
	const char *name;
	const char *text;
	/* "NAME|UUID|MINOR|FLAGS" and "|START+LENGTH TYPE <PARAMETERS>" a line, a device a line */
	const char *dump;
};

static const struct concise_case good_cases[] = {
	{ "nothing", "", "" },
	{ "only_spaces", " \t\n ", "" },
	{ "one_device", "a,,,rw,0 8 error", "a||-1|rw|0+8 error <>\n" },
	{ "flags_may_be_empty", "a,,,,0 8 error", "a||-1|rw|0+8 error <>\n" },
	{ "read_only", "a,,,ro,0 8 error", "a||-1|ro|0+8 error <>\n" },
	{ "all_fields", "a,u,7,ro,0 8 linear 8:1 0", "a|u|7|ro|0+8 linear <8:1 0>\n" },
	{ "uuid_of_the_documentation",
	  "a,01234567-89ab-cdef-0123-456789abcdef,,rw,0 8 error",
	  "a|01234567-89ab-cdef-0123-456789abcdef|-1|rw|0+8 error <>\n" },
	{ "uuid_with_spaces", "a,u v,,rw,0 8 error", "a|u v|-1|rw|0+8 error <>\n" },
	{ "minor_zero", "a,,0,rw,0 8 error", "a||0|rw|0+8 error <>\n" },
	{ "minor_is_decimal", "a,,010,rw,0 8 error", "a||10|rw|0+8 error <>\n" },
	{ "largest_minor", "a,,1048575,rw,0 8 error", "a||1048575|rw|0+8 error <>\n" },
	{ "largest_numbers", "a,,,rw,18446744073709551615 18446744073709551615 x",
	  "a||-1|rw|18446744073709551615+18446744073709551615 x <>\n" },
	{ "longest_type", "a,,,rw,0 8 fifteen-letters", "a||-1|rw|0+8 fifteen-letters <>\n" },
	{ "two_lines", "a,,,rw,0 8 error,8 8 zero", "a||-1|rw|0+8 error <>|8+8 zero <>\n" },
	{ "two_devices", "a,,,rw,0 8 error;b,,,ro,0 8 zero",
	  "a||-1|rw|0+8 error <>\nb||-1|ro|0+8 zero <>\n" },
	{ "semicolon_at_the_end", "a,,,rw,0 8 error;", "a||-1|rw|0+8 error <>\n" },
	{ "semicolon_and_space_at_the_end", "a,,,rw,0 8 error ;\n\t",
	  "a||-1|rw|0+8 error <>\n" },
	{ "spaces_around_fields",
	  " a , u , 3 , ro , 0 8 error , 8 8 zero ;\n b\t,,,rw,\n0 8 error\n",
	  "a|u|3|ro|0+8 error <>|8+8 zero <>\nb||-1|rw|0+8 error <>\n" },
	{ "spaces_between_words", "a,,,rw,0\t8   linear\t 8:1  0",
	  "a||-1|rw|0+8 linear <8:1  0>\n" },
	{ "escaped_separators", "a\\,b\\;c,u\\;\\,,,rw,0 8 x 1\\,2\\;3",
	  "a,b;c|u;,|-1|rw|0+8 x <1,2;3>\n" },
	{ "escaped_backslash", "a\\\\,u\\\\\\\\,,rw,0 8 x \\\\", "a\\|u\\\\|-1|rw|0+8 x <\\>\n" },
	{ "escaped_ordinary_characters", "\\a\\b,,,\\r\\w,\\0 \\8 e\\rror",
	  "ab||-1|rw|0+8 error <>\n" },
	{ "escaped_spaces_stay", "\\ a\\ ,,,rw,0 8 x y\\ ", " a ||-1|rw|0+8 x <y >\n" },
	/* what is escaped once more is for the target's own splitting into words */
	{ "escaped_for_the_target", "a,,,rw,0 8 x a\\\\ b", "a||-1|rw|0+8 x <a\\ b>\n" },
	{ "bytes_above_127", "\xc3\xa4,,,rw,0 8 error", "\xc3\xa4||-1|rw|0+8 error <>\n" },
	{ "percent_signs", "%s%n,,,rw,0 8 error %s", "%s%n||-1|rw|0+8 error <%s>\n" },

	/* what the kernel's documentation has for examples */
	{ "doc_two_disks", "lroot,,,rw, 0 4096 linear 98:16 0, 4096 4096 linear 98:32 0",
	  "lroot||-1|rw|0+4096 linear <98:16 0>|4096+4096 linear <98:32 0>\n" },
	{ "doc_two_devices",
	  "dm-linear,,1,rw,\n"
	  "  0 32768 linear 8:1 0,\n"
	  "  32768 1024000 linear 8:2 0;\n"
	  "dm-verity,,3,ro,\n"
	  "  0 1638400 verity 1 /dev/sdc1 /dev/sdc2 4096 4096 204800 1 sha256\n"
	  "  ac87db56303c9c1da433d7209b5a6ef3e4779df141200cbd7c157dcb8dd89c42\n"
	  "  5ebfe87f7df3235b80a117ebc4078e44f55045487ad4a96581d1adb564615b51\n",
	  "dm-linear||1|rw|0+32768 linear <8:1 0>|32768+1024000 linear <8:2 0>\n"
	  "dm-verity||3|ro|0+1638400 verity <1 /dev/sdc1 /dev/sdc2 4096 4096 204800 1 sha256\n"
	  "  ac87db56303c9c1da433d7209b5a6ef3e4779df141200cbd7c157dcb8dd89c42\n"
	  "  5ebfe87f7df3235b80a117ebc4078e44f55045487ad4a96581d1adb564615b51>\n" },
	{ "doc_crypt",
	  "dm-crypt,,8,ro,\n  0 1048576 crypt aes-xts-plain64\n"
	  "  babebabebabebabebabebabebabebabebabebabebabebabebabebabebabebabe 0\n"
	  "  /dev/sda 0 1 allow_discards",
	  "dm-crypt||8|ro|0+1048576 crypt <aes-xts-plain64\n"
	  "  babebabebabebabebabebabebabebabebabebabebabebabebabebabebabebabe 0\n"
	  "  /dev/sda 0 1 allow_discards>\n" },
	{ "doc_delay", "dm-delay,,4,ro,0 409600 delay /dev/sda1 0 500",
	  "dm-delay||4|ro|0+409600 delay </dev/sda1 0 500>\n" },
	{ "doc_snapshot_origin", "dm-snap-orig,,4,ro,0 409600 snapshot-origin 8:2",
	  "dm-snap-orig||4|ro|0+409600 snapshot-origin <8:2>\n" },
	{ "doc_striped",
	  "dm-striped,,4,ro,0 1638400 striped 4 4096\n"
	  "/dev/sda1 0 /dev/sda2 0 /dev/sda3 0 /dev/sda4 0",
	  "dm-striped||4|ro|0+1638400 striped <4 4096\n"
	  "/dev/sda1 0 /dev/sda2 0 /dev/sda3 0 /dev/sda4 0>\n" },
};

struct fault_case {
	const char *name;
	const char *text;
	unsigned int nr, line;
	const char *device;
	const char *what;
};

#define LONG16	"sixteen-letters!"

static const struct fault_case fault_cases[] = {
	{ "only_a_name", "a", 1, 0, "a", "it has no table" },
	{ "no_flags", "a,,", 1, 0, "a", "it has no table" },
	{ "no_table", "a,,,rw", 1, 0, "a", "it has no table" },
	{ "empty_table", "a,,,rw,", 1, 1, "a", "the line is empty" },
	{ "blank_table", "a,,,rw, \t", 1, 1, "a", "the line is empty" },
	{ "comma_at_the_end", "a,,,rw,0 8 error,", 1, 2, "a", "the line is empty" },
	{ "empty_line", "a,,,rw,0 8 error,,8 8 error", 1, 2, "a", "the line is empty" },
	{ "no_name", ",,,rw,0 8 error", 1, 0, NULL, "it has no name" },
	{ "blank_name", " ,,,rw,0 8 error", 1, 0, NULL, "it has no name" },
	{ "only_a_semicolon", ";", 1, 0, NULL, "it has no name" },
	{ "empty_device", "a,,,rw,0 8 error;;b,,,rw,0 8 error", 2, 0, NULL, "it has no name" },
	{ "only_commas", ",,,,,", 1, 0, NULL, "it has no name" },
	{ "minor_not_a_number", "a,,x,rw,0 8 error", 1, 0, "a",
	  "its minor is not the number of one" },
	{ "minor_negative", "a,,-1,rw,0 8 error", 1, 0, "a",
	  "its minor is not the number of one" },
	{ "minor_hexadecimal", "a,,0x10,rw,0 8 error", 1, 0, "a",
	  "its minor is not the number of one" },
	{ "minor_too_large", "a,,1048576,rw,0 8 error", 1, 0, "a",
	  "its minor is not the number of one" },
	{ "minor_as_any", "a,,4294967295,rw,0 8 error", 1, 0, "a",
	  "its minor is not the number of one" },
	{ "minor_huge", "a,,18446744073709551616,rw,0 8 error", 1, 0, "a",
	  "its minor is not the number of one" },
	{ "minor_and_more", "a,,1 2,rw,0 8 error", 1, 0, "a",
	  "its minor is not the number of one" },
	{ "flags_unknown", "a,,,rx,0 8 error", 1, 0, "a",
	  "its flags are neither \"ro\" nor \"rw\"" },
	{ "flags_in_capitals", "a,,,RW,0 8 error", 1, 0, "a",
	  "its flags are neither \"ro\" nor \"rw\"" },
	{ "flags_twice", "a,,,ro rw,0 8 error", 1, 0, "a",
	  "its flags are neither \"ro\" nor \"rw\"" },
	{ "field_forgotten", "a,,rw,0 8 error", 1, 0, "a", "its minor is not the number of one" },
	{ "start_not_a_number", "a,,,rw,x 8 error", 1, 1, "a",
	  "the start is not a number of sectors" },
	{ "start_negative", "a,,,rw,-1 8 error", 1, 1, "a",
	  "the start is not a number of sectors" },
	{ "start_huge", "a,,,rw,18446744073709551616 8 error", 1, 1, "a",
	  "the start is not a number of sectors" },
	{ "no_length", "a,,,rw,0", 1, 1, "a", "the length is not a number of sectors" },
	{ "length_not_a_number", "a,,,rw,0 8s error", 1, 1, "a",
	  "the length is not a number of sectors" },
	{ "length_hexadecimal", "a,,,rw,0 0x8 error", 1, 1, "a",
	  "the length is not a number of sectors" },
	{ "length_huge", "a,,,rw,0 18446744073709551616 error", 1, 1, "a",
	  "the length is not a number of sectors" },
	{ "no_type", "a,,,rw,0 8", 1, 1, "a", "there is no target type" },
	{ "no_type_but_space", "a,,,rw,0 8  ,8 8 error", 1, 1, "a", "there is no target type" },
	{ "type_too_long", "a,,,rw,0 8 " LONG16, 1, 1, "a",
	  "the name of the target type is too long" },
	{ "second_line", "a,,,rw,0 8 error,8 x error", 1, 2, "a",
	  "the length is not a number of sectors" },
	{ "second_device", "a,,,rw,0 8 error;b,,,,", 2, 1, "b", "the line is empty" },
	{ "backslash_at_the_end", "a,,,rw,0 8 error\\", 1, 1, "a",
	  "nothing follows the last backslash" },
	{ "backslash_in_the_name", "a\\", 1, 0, NULL, "nothing follows the last backslash" },
	{ "backslash_takes_the_semicolon", "a,,,rw,0 8 error\\;b,,,rw,0 8 error", 1, 2, "a",
	  "the line is empty" },
	{ "backslash_takes_the_comma", "a\\,,,rw,0 8 error", 1, 0, "a,",
	  "its minor is not the number of one" },
	{ "only_a_backslash", "\\", 1, 0, NULL, "nothing follows the last backslash" },
};

static void concise_case_desc(const struct concise_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

static void fault_case_desc(const struct fault_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(good, good_cases, concise_case_desc);
KUNIT_ARRAY_PARAM(fault, fault_cases, fault_case_desc);

/* In memory of just the string's size, so that KASAN sees what goes beyond it. */
static char *exact_copy(struct kunit *test, const char *text)
{
	char *copy = kstrdup(text, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	return copy;
}

static void dump(struct list_head *devices, char *to)
{
	struct dm_concise *dev;
	unsigned int i;
	size_t len = 0;

	*to = '\0';
	list_for_each_entry(dev, devices, list) {
		len += scnprintf(to + len, DUMP_SIZE - len, "%s|%s|%d|%s", dev->name,
				 dev->uuid ?: "", dev->minor, dev->readonly ? "ro" : "rw");
		for (i = 0; i < dev->num_specs; i++) {
			const struct dm_spec *spec = &dev->specs[i];

			len += scnprintf(to + len, DUMP_SIZE - len, "|%llu+%llu %s <%s>",
					 (u64)spec->start, (u64)spec->len, spec->type,
					 spec->params);
		}
		len += scnprintf(to + len, DUMP_SIZE - len, "\n");
	}
}

static void good_text(struct kunit *test)
{
	const struct concise_case *c = test->param_value;
	char *seen = kunit_kzalloc(test, DUMP_SIZE, GFP_KERNEL);
	char *text = exact_copy(test, c->text);
	struct dm_concise_fault fault;
	LIST_HEAD(devices);

	KUNIT_ASSERT_NOT_NULL(test, seen);
	KUNIT_EXPECT_EQ_MSG(test, dm_concise_parse(text, &devices, &fault), 0, "%s",
			    fault.what ?: "");
	dump(&devices, seen);
	KUNIT_EXPECT_STREQ(test, seen, c->dump);
	dm_concise_free(&devices);
	KUNIT_EXPECT_TRUE(test, list_empty(&devices));
	kfree(text);
}

static void fault_is_found(struct kunit *test)
{
	const struct fault_case *c = test->param_value;
	char *text = exact_copy(test, c->text);
	struct dm_concise_fault fault;
	LIST_HEAD(devices);

	KUNIT_EXPECT_EQ(test, dm_concise_parse(text, &devices, &fault), -EINVAL);
	KUNIT_EXPECT_TRUE(test, list_empty(&devices));
	KUNIT_EXPECT_EQ(test, fault.nr, c->nr);
	KUNIT_EXPECT_EQ(test, fault.line, c->line);
	KUNIT_EXPECT_STREQ(test, fault.name ?: "", c->device ?: "");
	KUNIT_ASSERT_NOT_NULL(test, fault.what);
	KUNIT_EXPECT_STREQ(test, fault.what, c->what);
	kfree(text);
}

/* A name or uuid of so many letters. Return 0 or what is wrong with it. */
static const char *letters_read(struct kunit *test, const char *format, unsigned int letters)
{
	char *word = kunit_kzalloc(test, letters + 1, GFP_KERNEL), *text;
	struct dm_concise_fault fault;
	LIST_HEAD(devices);
	int r;

	KUNIT_ASSERT_NOT_NULL(test, word);
	memset(word, 'n', letters);
	text = kasprintf(GFP_KERNEL, format, word);
	KUNIT_ASSERT_NOT_NULL(test, text);
	r = dm_concise_parse(text, &devices, &fault);
	dm_concise_free(&devices);
	kfree(text);
	return r ? fault.what : NULL;
}

static void longest_name_and_uuid(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, letters_read(test, "%s,,,rw,0 8 error", DM_NAME_LEN - 1));
	KUNIT_EXPECT_STREQ(test, letters_read(test, "%s,,,rw,0 8 error", DM_NAME_LEN) ?: "",
			   "its name is too long");
	KUNIT_EXPECT_NULL(test, letters_read(test, "a,%s,,rw,0 8 error", DM_UUID_LEN - 1));
	KUNIT_EXPECT_STREQ(test, letters_read(test, "a,%s,,rw,0 8 error", DM_UUID_LEN) ?: "",
			   "its uuid is too long");
}

#define MANY 2000

/* Many devices, the last of which has many lines: nothing is cut off. */
static void many(struct kunit *test)
{
	char *text = kunit_kzalloc(test, 2 * MANY * 32, GFP_KERNEL);
	struct dm_concise_fault fault;
	unsigned int i, len = 0, nr = 0;
	struct dm_concise *dev;
	LIST_HEAD(devices);

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = 0; i < MANY; i++)
		len += sprintf(text + len, "d%u,,,rw,0 1 error;", i);
	/* the last semicolon makes place for more lines */
	len--;
	for (i = 1; i < MANY; i++)
		len += sprintf(text + len, ",%u 1 error", i);

	KUNIT_ASSERT_EQ(test, dm_concise_parse(text, &devices, &fault), 0);
	list_for_each_entry(dev, &devices, list)
		KUNIT_EXPECT_EQ(test, dev->nr, ++nr);
	KUNIT_EXPECT_EQ(test, nr, MANY);
	dev = list_last_entry(&devices, struct dm_concise, list);
	KUNIT_EXPECT_EQ(test, dev->num_specs, MANY);
	KUNIT_EXPECT_EQ(test, dev->specs[MANY - 1].start, MANY - 1);
	dm_concise_free(&devices);
}

/* Every beginning of a text is either good or has a fault, and nothing beyond is read. */
static void every_beginning(struct kunit *test)
{
	static const char whole[] =
		" a\\,b, u ,3 ,ro , 0 8 linear 8:1 0,8 8 x\\\\ y ; b,,,,0 1 zero;";
	struct dm_concise_fault fault;
	unsigned int len, good = 0;
	LIST_HEAD(devices);
	char *text;
	int r;

	for (len = 0; len < sizeof(whole); len++) {
		text = kmemdup_nul(whole, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, text);
		r = dm_concise_parse(text, &devices, &fault);
		good += !r;
		KUNIT_EXPECT_EQ(test, !r, !fault.what);
		dm_concise_free(&devices);
		kfree(text);
	}
	KUNIT_EXPECT_GT(test, good, 0);
	KUNIT_EXPECT_LT(test, good, len);
}

static struct kunit_case concise_cases[] = {
	KUNIT_CASE_PARAM(good_text, good_gen_params),
	KUNIT_CASE_PARAM(fault_is_found, fault_gen_params),
	KUNIT_CASE(longest_name_and_uuid),
	KUNIT_CASE(many),
	KUNIT_CASE(every_beginning),
	{ }
};

static struct kunit_suite concise_suite = {
	.name = "dm_concise",
	.test_cases = concise_cases,
};

kunit_test_suite(concise_suite);
