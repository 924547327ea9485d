// Lists of many heads are plain text in the page, since a link each would be most of its size.
export function headLinks() {
  for (const list of document.querySelectorAll("dd[data-heads]")) {
    const links = list.textContent.split(" ").flatMap((head) => {
      const link = document.createElement("a");
      link.href = `../heads/${head}.html`;
      link.textContent = head;
      return [link, " "];
    });
    list.replaceChildren(...links);
  }
}
