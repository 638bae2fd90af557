// SPDX-License-Identifier: Apache-2.0
#include "reports/html_head.h"

namespace gridlock::internal::reports {

Markup html_head(const std::string& title) {
  return void_element("meta", {{"charset", "utf-8"}}) + "\n" +
         void_element("meta", {{"http-equiv", "Content-Security-Policy"},
                               {"content", "default-src 'none'; style-src '" + style_hash() +
                                               "'; script-src '" + script_hash() +
                                               "'; img-src data:; base-uri 'none'; form-action "
                                               "'none'"}}) +
         "\n" +
         void_element("meta",
                      {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}) +
         "\n" + void_element("meta", {{"name", "color-scheme"}, {"content", "light dark"}}) + "\n" +
         void_element("link", {{"rel", "icon"}, {"href", "data:,"}}) + "\n" +
         element("title", title) + "\n";
}

}  // namespace gridlock::internal::reports
