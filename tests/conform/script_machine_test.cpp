// A machine that a script describes prints the lines that its kernel prints.
#include <gtest/gtest.h>

#include "play/machine.h"
#include "play/proc_files.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

// The text without its numbers, one line for each, ends trimmed.
std::string lines_of(const std::string& text) {
    std::string lines;
    for (const char c : text) {
        if (c == '\n') lines.erase(lines.find_last_not_of(' ') + 1);
        if (c < '0' || c > '9') lines += c;
    }
    return lines;
}

struct Captured {
    const char* folder;
    Arch arch;
    const char* kernel;
    u64 gibibytes;
};

TEST(ScriptMachine, prints_the_lines_of_zoneinfo_that_its_kernel_prints) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    for (const Captured& captured : {Captured{"amd64-6.1-2G", Arch::x86_64, "6.1", 2}, Captured{"amd64-6.1-6G", Arch::x86_64, "6.1", 6},
                                     Captured{"i386-686-2G", Arch::x86_32, "6.1", 2}, Captured{"amd64-6.12-1G", Arch::x86_64, "6.12", 1},
                                     Captured{"amd64-6.12-8G", Arch::x86_64, "6.12", 8}, Captured{"amd64-7.2-2G", Arch::x86_64, "7.2", 2}}) {
        MachineSpec spec;
        spec.arch = captured.arch;
        spec.kernel = captured.kernel;
        spec.ram = captured.gibibytes << 30;
        const auto machine = Machine::build(spec);
        ASSERT_TRUE(machine) << captured.folder;
        const std::string text = test::read_file(*shared / "fixtures" / "kernels" / captured.folder / "zoneinfo");
        EXPECT_EQ(lines_of(print_zoneinfo(zoneinfo_of(*machine))), lines_of(text)) << captured.folder;
    }
}

}  // namespace
}  // namespace mmscope
