// SPDX-License-Identifier: Apache-2.0
//
// A plugin for clang-tidy 19: checks look at our code only, not at every declaration of the standard library that it
// includes. They report nothing there anyhow, and it was two thirds of their time
// (docs/design/continuous_integration.md). clang-tidy does the same by itself from version 21 on: then delete this.
#include <clang/AST/ASTConsumer.h>
#include <clang/AST/ASTContext.h>
#include <clang/Frontend/FrontendPluginRegistry.h>

#include <memory>
#include <string>
#include <vector>

namespace {

class NarrowScope : public clang::ASTConsumer {
 public:
  void HandleTranslationUnit(clang::ASTContext& context) override {
    std::vector<clang::Decl*> ours;
    for (clang::Decl* declaration : context.getTranslationUnitDecl()->decls()) {
      if (!context.getSourceManager().isInSystemHeader(declaration->getLocation()))
        ours.push_back(declaration);
    }
    context.setTraversalScope(ours);
  }
};

class BeforeTheChecks : public clang::PluginASTAction {
 protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& /*compiler*/,
                                                        llvm::StringRef /*file*/) override {
    return std::make_unique<NarrowScope>();
  }
  bool ParseArgs(const clang::CompilerInstance& /*compiler*/,
                 const std::vector<std::string>& /*arguments*/) override {
    return true;
  }
  ActionType getActionType() override { return AddBeforeMainAction; }
};

const clang::FrontendPluginRegistry::Add<BeforeTheChecks> kRegistration(
    "our-code-only", "checks look at our code only");

}  // namespace
