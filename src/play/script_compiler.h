// A script's text to a program, or up to twenty diagnostics.
//
//   #!mm 1                                   optional; another number is a newer language
//   machine x86_64 { ram = 1G; cpus = 2 }    optional, first
//   a = alloc_pages(GFP_KERNEL, 8)           statements: one a line, or `;` between them
//   for i in 0..4 { p[] = alloc_page(GFP_KERNEL) }
//
// `a..b` counts from a to b - 1: b is not in it. A name can be read below the line that first assigns it; one
// that is appended to anywhere (`p[] = ...`) is an empty list from the start, `[]` is an empty list, and
// `p[i] = x` replaces an item. `for x in list` also sees what is appended while it runs. Assigning a list to
// another name copies it. `in irq { }` says where its code runs, `on cpu 1 { }` on which processor, `as sh { }` as which
// process; inside one another the inner one counts. Beyond language.md: `[]`, `p[i] = x`, `pfn_to_page(pfn)`, page + n, address + n.
#pragma once

#include "play/program.h"

namespace mmscope {

struct Compilation {
    Program program;  // only to be run if there are no errors
    std::vector<Diagnostic> errors;
};

Compilation compile_script(std::string_view source);

// An expression over a program's variables that changes nothing: no page call, no random().
Result<Code> compile_question(std::string_view expression, const Program& program);

}  // namespace mmscope
