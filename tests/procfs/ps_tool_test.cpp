// ps: its columns, as procps 4.0.2 has them.
#include "procfs/ps_tool.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

const std::vector<PsProcess> kTwo = {{1, 0, 48156, 15800, 0, 0, "init"}, {150, 1, 184284, 183328, 871, 500, "eat"}};
constexpr u64 kTotal = 261104;

TEST(PsTool, the_usual_columns_are_those_of_procps) {
    EXPECT_EQ(print_ps(kTwo, kUsualPsColumns, kTotal),
              "  PID  PPID %MEM    VSZ   RSS COMMAND\n"
              "    1     0  6.0  48156 15800 init\n"
              "  150     1 70.2 184284 183328 eat\n");
}

TEST(PsTool, a_text_too_wide_takes_the_blanks_of_the_next_column) {
    constexpr PsColumn kColumns[] = {PsColumn::rss, PsColumn::oom, PsColumn::oomadj, PsColumn::pid};
    EXPECT_EQ(print_ps(kTwo, kColumns, kTotal),
              "  RSS  OOM OOMADJ  PID\n"
              "15800    0     0     1\n"
              "183328 871   500   150\n");
}

TEST(PsTool, a_name_is_filled_up_where_another_column_follows) {
    constexpr PsColumn kColumns[] = {PsColumn::comm, PsColumn::pid};
    EXPECT_EQ(print_ps(kTwo, kColumns, kTotal),
              "COMMAND           PID\n"
              "init                1\n"
              "eat               150\n");
}

TEST(PsTool, without_processes_there_is_the_heading) {
    EXPECT_EQ(print_ps({}, kUsualPsColumns, 0), "  PID  PPID %MEM    VSZ   RSS COMMAND\n");
}

}  // namespace
}  // namespace mmscope
