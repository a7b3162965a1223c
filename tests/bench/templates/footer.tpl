<footer>{{len(items)}} items, all rights reserved</footer>
