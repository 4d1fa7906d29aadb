// vmstat as time passes: when it prints a row, of what, and when it is over.
#include "play/running_command.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "play/proc_memory.h"
#include "play/terminal.h"
#include "script_testing.h"

namespace mmscope {
namespace {

using testing::loaded;
using testing::seek;

class Running : public ::testing::Test {
protected:
    std::string begin(const std::string& line) { return *command_.begin(session_.snapshot(), line); }
    std::string at(u32 step) {
        seek(session_, step);
        return command_.take(session_.snapshot());
    }
    static i64 rows(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

    // Seconds pass in the steps 3, 4, 5 and 6; the file's 4,000 KiB are read in step 2.
    Session session_ =
        loaded("machine x86_64 { ram = 64M }\nf = open(1000)\ntouch(f)\ntick(1)\ntick(1)\ntick(5)\ntick(1)\n");
    RunningCommand command_;
};

TEST_F(Running, begins_with_the_row_since_the_boot_and_prints_a_row_for_each_delay) {
    const std::string first = begin("vmstat 1");
    EXPECT_EQ(first, *run_command_line(session_.snapshot(), "vmstat"));
    EXPECT_EQ(at(2), "") << "no second has passed";
    const VmstatMoment before = vmstat_moment_of(*loaded("machine x86_64 { ram = 64M }\n").snapshot().machine);
    const std::string row = at(3);
    EXPECT_EQ(row, print_vmstat_row(vmstat_between(before, vmstat_moment_of(*session_.snapshot().machine), 1), {}));
    EXPECT_NE(row.find(" 4000 "), std::string::npos) << "bi: " << row;
    const std::string next = at(4);
    EXPECT_EQ(rows(next), 1);
    EXPECT_NE(next, row) << "nothing is read in that second";
    EXPECT_FALSE(command_.is_over()) << "without a count it goes on";
}

TEST_F(Running, is_over_after_as_many_rows_as_were_asked_for) {
    EXPECT_EQ(rows(begin("vmstat 1 3")), 3) << "two lines of heading";
    EXPECT_EQ(rows(at(3)), 1);
    EXPECT_FALSE(command_.is_over());
    EXPECT_EQ(rows(at(4)), 1);
    EXPECT_TRUE(command_.is_over());
    EXPECT_EQ(at(6), "");
}

TEST_F(Running, divides_by_the_seconds_that_passed_where_nobody_could_look_in_between) {
    begin("vmstat 2");
    EXPECT_EQ(at(3), "");
    const std::string row = at(5);
    EXPECT_EQ(rows(row), 1) << "seven seconds";
    EXPECT_NE(row.find(" 571 "), std::string::npos) << "4000 / 7: " << row;
}

TEST_F(Running, prints_what_it_saw_on_the_way) {
    begin("vmstat 1");
    for (u32 step = 1; step <= 6; ++step) {
        seek(session_, step);
        command_.observe(session_.snapshot());
    }
    EXPECT_EQ(rows(command_.take(session_.snapshot())), 4);
}

TEST_F(Running, prints_nothing_for_a_step_back_and_counts_anew_from_there) {
    begin("vmstat 1");
    EXPECT_EQ(rows(at(5)), 1);
    EXPECT_EQ(at(3), "");
    EXPECT_EQ(rows(at(4)), 1);
}

TEST_F(Running, is_over_at_once_where_nothing_goes_on) {
    for (const char* const line : {"vmstat", "vmstat -s", "vmstat 1 1", "free", ""}) {
        EXPECT_TRUE(command_.begin(session_.snapshot(), line)) << line;
        EXPECT_TRUE(command_.is_over()) << line;
    }
    EXPECT_FALSE(command_.begin(session_.snapshot(), "vmstat 0"));
    EXPECT_TRUE(command_.is_over());
    begin("vmstat 1");
    command_.end();
    EXPECT_EQ(at(3), "");
}

TEST_F(Running, is_filtered_row_by_row) {
    EXPECT_EQ(rows(begin("vmstat 1 | grep free")), 1) << "of the heading";
    EXPECT_EQ(at(3), "");
    EXPECT_FALSE(command_.begin(session_.snapshot(), "vmstat 1 | sort"));
}

}  // namespace
}  // namespace mmscope
