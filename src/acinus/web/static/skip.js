// The link that skips to the content moves the focus and leaves the address alone, which holds the settings of the page.
for (const link of document.querySelectorAll("a.skip"))
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.querySelector(link.hash).focus();
  });
